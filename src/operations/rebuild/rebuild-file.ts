import { openHistoryFile, type HistoryFile } from '../../avro/history-file.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { TopicSource } from '../history/topic-source.ts';
import type { Work } from '../work.ts';

export type FileDeps = {
  readonly work: Work;
  readonly source: TopicSource;
  readonly groupId: string;
};

/** Opens a file that was exported from this topic. Refuses any other file. */
export const openRebuildFile = async (
  { work, source, groupId }: FileDeps,
  path: string,
  channelId: string | undefined,
): Promise<HistoryFile> => {
  const file = await openHistoryFile(path, loadSchemas());
  work.onClose(() => file.close());
  const { facts } = file;
  // Ledgers of the file would be trusted without being rebuilt.
  if (file.ledgers.length > 0)
    throw wrongUse(
      `${path} is a snapshot, which holds no commands: --snapshot ${path} starts with its ledgers`,
    );
  if (facts.pseudonymised)
    throw wrongUse(
      `${path} is pseudonymised: nothing can be rebuilt from people that do not exist; export without --pseudonymise`,
    );
  const installation = { 'cluster id': source.clusterId, topic: source.topic, 'group id': groupId };
  const exported = { 'cluster id': facts.clusterId, topic: facts.topic, 'group id': facts.groupId };
  for (const [property, expected] of Object.entries(installation) as [keyof typeof exported, string][])
    if (exported[property] !== expected)
      throw wrongUse(
        `${path} was exported elsewhere: its ${property} is ${String(exported[property])}, but here it is ${expected}`,
      );
  if (facts.channelId !== undefined && facts.channelId !== channelId)
    throw wrongUse(
      `${path} holds only channel ${facts.channelId}, so no other channel can be rebuilt from it: --channel ${facts.channelId}`,
    );
  const partitions = new Set(
    (await source.ranges({ kind: 'earliest' }, { kind: 'latest' })).map(({ partition }) => partition),
  );
  const strange = facts.ranges.find(({ partition }) => !partitions.has(partition));
  if (strange !== undefined)
    throw wrongUse(
      `${path} holds partition ${String(strange.partition)}, but ${source.topic} has only ${String(partitions.size)}: it was exported from another topic`,
    );
  return file;
};
