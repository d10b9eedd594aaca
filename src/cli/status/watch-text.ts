import { duration } from '../../domain/words/duration.ts';
import type { Sight } from '../../operations/status/watch-status.ts';
import type { GroupStatus } from '../../operations/status/status.ts';
import type { Colors } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import { wrapped } from '../text/width.ts';
import { statusTables, summary } from './status-text.ts';

/** The line of JSON for what a watcher sees; null: there is nothing new yet. */
export const sightJson = (sight: Sight): LineOf<'status'> | null => {
  const at = sight.at.toISOString();
  switch (sight.kind) {
    case 'status': {
      const { groupId, instances, statuses } = sight.status;
      return { at, groupId, instances, partitions: statuses };
    }
    case 'failed':
      return { at, failure: { code: sight.failure.code, message: sight.failure.message } };
    case 'late':
      return null;
  }
};

export type ScreenFacts = {
  readonly sight: Sight;
  /** The last status that was read, and when. */
  readonly last: { readonly at: Date; readonly status: GroupStatus };
  readonly everySeconds: number;
  readonly colors: Colors;
};

/** The whole screen: the last status, its time, and below it what has gone wrong since. */
export const screen = ({ sight, last, everySeconds, colors }: ScreenFacts): string =>
  [
    colors.dim(
      `Group ${last.status.groupId} at ${timeOf(last.at)}, every ${duration(everySeconds)}. Ctrl-C ends status.`,
    ),
    '',
    statusTables(last.status, colors),
    '',
    ...summary(last.status).flatMap(wrapLines),
    ...troubleText({ sight, last, everySeconds }).flatMap(wrapLines).map(colors.red),
  ].join('\n');

const troubleText = ({ sight, last, everySeconds }: Omit<ScreenFacts, 'colors'>): readonly string[] => {
  const old = `The status above is from ${timeOf(last.at)}.`;
  switch (sight.kind) {
    case 'status':
      return [];
    case 'late':
      return ['', `${timeOf(sight.at)}: the servers do not answer; still waiting. ${old}`];
    case 'failed':
      return [
        '',
        `${timeOf(sight.at)}: ${sight.failure.message}. Trying again every ${duration(everySeconds)}. ${old}`,
      ];
  }
};

const timeOf = (at: Date): string => `${at.toISOString().slice(11, 19)} UTC`;

const wrapLines = (text: string): readonly string[] => text.split('\n').flatMap((line) => wrapped(line, 80));
