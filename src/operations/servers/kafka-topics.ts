import type { Config } from '../../config/config.ts';
import { createClusterConnection } from '../../kafka/client/cluster-connection.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { createGroupOffsets } from '../../kafka/read/group-offsets.ts';
import { createInputLog } from '../../kafka/read/input-log.ts';
import { createPartitionReader } from '../../kafka/read/partition-reader.ts';
import type { Work } from '../work.ts';
import { openKafka } from './servers.ts';

/**
 * Opens everything that reads the topics of this installation, without joining the group. Waits for Kafka as `openKafka` does. Each reader
 * connects when it is first used, and is closed when the work ends.
 */
export const openKafkaTopics = async (
  work: Work,
  config: Pick<Config<'kafka'>, 'kafka' | 'topics' | 'startupTimeoutSeconds'>,
) => {
  const { groupId } = config.kafka;
  const names = topicNames(config.topics.prefix);
  const client = await openKafka(work, config);
  const connection = createClusterConnection(client);
  const offsets = createGroupOffsets(client, groupId);
  const log = createInputLog({ client, groupId, names });
  work.onClose(() => connection.close());
  work.onClose(() => offsets.close());
  work.onClose(() => log.close());
  return {
    client,
    connection,
    reader: createPartitionReader(client, connection),
    offsets,
    log,
    groupId,
    names,
  };
};

export type KafkaTopics = Awaited<ReturnType<typeof openKafkaTopics>>;
