/** Writes commands as they are in the topic, with or without their events, into an Avro file. */
import { join } from 'node:path';
import { createHistoryFileWriter } from '../../avro/history-file-writer.ts';
import { readPolicyVersions } from '../../postgres/replay/policy-versions.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { History, HistoryRange } from '../../replay/history.ts';
import { onlyChannel } from '../../replay/only-channel.ts';
import type { Where } from '../history/range.ts';
import { refuseToLoseCommands } from '../history/replaced-history.ts';
import { createScratchFolder, openScratch } from '../history/scratch.ts';
import { refuseToReplace } from '../history/target-file.ts';
import { openTopicSource, type TopicSource } from '../history/topic-source.ts';
import { channelUnknown } from '../refusals.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { withMadeUpPeople } from './made-up-people.ts';
import { pseudonymKey } from './pseudonym-key.ts';

export type ExportRequest = {
  readonly from?: Where;
  readonly to?: Where;
  readonly channel?: string;
  readonly withEvents?: boolean;
  readonly sample?: number;
  readonly pseudonymise?: boolean;
  readonly pseudonymKeyFile?: string;
};

/** How many records of each kind the file holds, and how many were left out because they are not valid commands. */
export type Exported = {
  readonly commands: number;
  readonly emitted: number;
  readonly policies: number;
  readonly leftOut: number;
};

export const exportHistory = async (work: Work, path: string, request: ExportRequest): Promise<Exported> => {
  await refuseToReplace(path, 'export');
  const { history, total, writerSchema, leftOut } = await open(work, request);
  await refuseToLoseCommands(path, history.facts);
  const writer = createHistoryFileWriter({ path, facts: history.facts, writerSchema });
  work.onClose(() => writer.abort());
  const progress = work.progress('exporting', total);
  for (const version of history.policies) await writer.policy(version);
  let written = 0;
  for await (const steps of history.steps()) {
    for (const step of steps) await writer.step(step);
    written += steps.length;
    progress.set(written);
  }
  if (written + leftOut() === 0) throw nothingToExport(history, request);
  const { commands, emitted } = await writer.end();
  progress.stop();
  return { commands, emitted, policies: history.policies.length, leftOut: leftOut() };
};

/** Refuses to write an empty file, which would be noticed only when somebody needs it. */
const nothingToExport = ({ facts }: History, { channel, to }: ExportRequest): Error => {
  if (channel !== undefined)
    return channelUnknown(`no command of channel ${channel} was read: check the id and the range`);
  if (to !== undefined) return wrongUse(`no command was read from ${facts.topic}: check the range`);
  return wrongUse(
    `the group ${facts.groupId} has passed no command of ${facts.topic} yet: check KAFKA_GROUP_ID, or name an end with --to`,
  );
};

const open = async (work: Work, request: ExportRequest) => {
  const events = request.withEvents === true ? 'with-events' : 'commands-only';
  const config = work.settings('kafka', 'registry', 'database');
  const source = await openTopicSource(work, config);
  const allRanges = await source.ranges(
    request.from ?? { kind: 'earliest' },
    request.to ?? { kind: 'committed' },
  );
  const ranges =
    request.sample === undefined ? allRanges : await firstCommands(source, allRanges, request.sample);
  // Read the policies after the end is fixed: every policy that decided below the end is among them.
  const policies = await readPolicyVersions(await openDatabase(work, config));
  const isMadeUp = request.pseudonymise === true;
  const all = source.history(ranges, isMadeUp ? 'commands-only' : events, policies);
  const real: History = request.channel === undefined ? all : onlyChannel(all, request.channel);
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (!isMadeUp)
    return {
      history: real,
      total,
      writerSchema: (schemaId: number) => source.writerSchema(schemaId),
      leftOut: () => 0,
    };
  const claims = await openScratch(work, join(await createScratchFolder(work), 'claims'));
  // Do not derive the key from the cluster id, which is no secret: Kafka's default image gives everybody the same one.
  const key = await pseudonymKey(request.pseudonymKeyFile, work.note);
  return { ...withMadeUpPeople(real, { key, claims, events }), total };
};

/** The ranges that hold only the first commands, ordered by the broker's time. */
const firstCommands = async (
  source: TopicSource,
  ranges: readonly HistoryRange[],
  count: number,
): Promise<readonly HistoryRange[]> => {
  const ends = new Map(ranges.map(({ partition, from }) => [partition, from]));
  let commandsLeft = count;
  for await (const steps of source.history(ranges, 'commands-only', []).steps()) {
    for (const step of steps) {
      if (step.kind !== 'command' || commandsLeft === 0) continue;
      ends.set(step.record.partition, step.record.offset + 1);
      commandsLeft -= 1;
    }
    if (commandsLeft === 0) break;
  }
  return ranges.map((range) => ({ ...range, to: ends.get(range.partition) ?? range.from }));
};
