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
 * What is sent is grouped by partition in quadratic time, copying a partition's messages for each further one: 20,000 in one call
 * block the loop for seconds.
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
