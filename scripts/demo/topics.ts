import type { KafkaClient } from '../../src/kafka/client.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { createPartitionReader } from '../../src/kafka/partition-reader.ts';
import { topicNames } from '../../src/kafka/topic-names.ts';
import type { Topics } from './recount.ts';

/** Every record of the five topics that a read-committed reader sees by now. */
export const readTopics = async (client: KafkaClient, prefix: string): Promise<Topics> => {
  const reader = createPartitionReader(client);
  const names = topicNames(prefix);
  try {
    const counts = await reader.partitionCounts(Object.values(names));
    const partitions = [...counts].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    );
    const ranges = (await reader.bounds(partitions)).map(({ low, stable, ...it }) => ({
      ...it,
      from: low,
      to: stable,
    }));
    const records: LogRecord[] = [];
    for await (const record of reader.read(ranges)) records.push(record);

    const of = (topic: string): LogRecord[] => records.filter((record) => record.topic === topic);
    return {
      requested: of(names.requested),
      closed: of(names.closed),
      summary: of(names.summary),
      rejected: of(names.rejected),
      deadLetters: of(names.deadLetters),
    };
  } finally {
    await reader.close();
  }
};

/** Whether the group's offsets have passed the last command of every partition: a duplicate shows in nothing else. */
export const allAreDone = async (client: KafkaClient, prefix: string, groupId: string): Promise<boolean> => {
  const admin = client.admin();
  const topic = topicNames(prefix).requested;
  try {
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return ends.every(({ partition, high }) => {
      const offset = committed?.partitions.find((it) => it.partition === partition)?.offset ?? '-1';
      return Math.max(Number(offset), 0) >= Number(high);
    });
  } finally {
    await admin.disconnect();
  }
};
