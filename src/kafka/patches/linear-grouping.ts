import type { Patch } from './patch.ts';

type Grouping<M> = {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly M[];
  readonly partitioner: (choice: {
    topic: string;
    partitionMetadata: readonly unknown[];
    message: M;
  }) => number;
};

/**
 * kafkajs groups the messages of a send by partition in quadratic time: it copies a partition's messages for each further message. 20,000
 * messages in one call block the event loop for seconds.
 */
const messagesByPartition = <M>({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping<M>): Record<number, M[]> => {
  const groups: Record<number, M[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    (groups[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  }
  return groups;
};

export const linearGrouping: Patch = {
  module: 'producer/groupMessagesPerPartition.js',
  apply: () => messagesByPartition,
};
