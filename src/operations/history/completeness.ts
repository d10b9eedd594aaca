import { setTimeout as sleep } from 'node:timers/promises';
import { wrongUse } from '../../processor/failure.ts';
import type { HistoryRange } from '../../replay/history.ts';
import type { Work } from '../work.ts';
import type { TopicSource } from './topic-source.ts';

/** Rejects a history that starts in the middle: without the ledgers of that moment it cannot be decided again. */
export const requireComplete = (topic: string, ranges: readonly HistoryRange[]): void => {
  const first = ranges.find(({ complete }) => !complete);
  if (first === undefined) return;
  throw wrongUse(
    `the history starts in the middle (${topic}/${String(first.partition)} at offset ${String(first.from)}), and the ledgers of that moment are unknown: ` +
      'give a snapshot of that moment with --snapshot FILE, or an earlier export with --file FILE, ' +
      'or check only the events with --events-only',
  );
};

/** Rejects a snapshot that was taken outside the ranges: the history starts where the snapshot was taken. */
export const requireWithin = (
  topic: string,
  ranges: readonly HistoryRange[],
  { positions }: { readonly positions: ReadonlyMap<number, number> },
): void => {
  for (const { partition, from, to } of ranges) {
    const taken = positions.get(partition) ?? 0;
    if (taken >= from && taken <= to) continue;
    throw wrongUse(
      `the snapshot was taken at offset ${String(taken)} of ${topic}/${String(partition)}, but the history starts at ${String(from)} and ends at ${String(to)}: ` +
        'the commands between are missing',
    );
  }
};

/** Says which partitions have stored decisions whose events are not emitted. Begins without a capital letter. */
export const unemittedText = (partitions: readonly number[]): string =>
  `the last decisions of ${partitions.length === 1 ? 'partition' : 'partitions'} ${partitions.join(', ')} are stored but not emitted yet`;

const PACE_MS = 100;

/**
 * Waits until everything below these positions is emitted. If a processor runs, this takes only a moment.
 *
 * @returns the partitions with stored decisions that are not emitted after `patienceMs`
 */
export const waitUntilEmitted = async (
  { interrupted }: Pick<Work, 'interrupted'>,
  source: TopicSource,
  positions: ReadonlyMap<number, number>,
  patienceMs = 10_000,
): Promise<readonly number[]> => {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const committed = await source.ranges({ kind: 'earliest' }, { kind: 'committed' });
    const behind = committed.filter(({ partition, to }) => to < (positions.get(partition) ?? 0));
    if (behind.length === 0 || interrupted.aborted || performance.now() > deadline)
      return behind.map(({ partition }) => partition);
    await sleep(Math.min(PACE_MS, patienceMs / 10));
  }
};
