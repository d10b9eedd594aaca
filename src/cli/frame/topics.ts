import { createInputLog } from '../../kafka/input-log.ts';
import { topicMissing } from '../../kafka/partition-counts.ts';
import { createPartitionReader } from '../../kafka/partition-reader.ts';
import { topicNames } from '../../kafka/topic-names.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import type { CommandContext } from './cli.ts';
import { openDatabase, openKafka } from './servers.ts';

/** The five topics as Kafka knows them, and the leases of the input as the store knows them. Fails if one of the topics is missing. */
export const openTopics = async (context: CommandContext) => {
  const config = context.settings('kafka', 'database');
  const names = topicNames(config.topics.prefix);
  const pool = await openDatabase(context, config);
  const client = await openKafka(context, config);
  const log = createInputLog({ client, groupId: config.kafka.groupId, names });
  const reader = createPartitionReader(client);
  context.onClose(() => log.close());
  context.onClose(() => reader.close());

  const counts = await reader.partitionCounts(Object.values(names));
  const missing = [...counts].find(([, partitions]) => partitions === 0);
  if (missing !== undefined) throw topicMissing(missing[0]);
  const identity = await log.identity(0);
  const leases = await listLeases(pool, names.requested);
  return { pool, log, names, counts, identity, leases };
};
