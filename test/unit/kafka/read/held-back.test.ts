import { expect } from 'chai';
import type { Cluster } from '../../../../src/kafka/patches/kafkajs-internals.ts';
import { fetchHeldBack } from '../../../../src/kafka/read/held-back.ts';
import { fetchBounds } from '../../../../src/kafka/topics/partition-offsets.ts';

const READ_COMMITTED = 1;
const EARLIEST = -2;
const PARTITION = { topic: 'commands', partition: 0 };

/** A broker to which somebody writes a record before each request. */
const busyCluster = (firstOpenOffset: number): Cluster => {
  let end = 100;
  const broker = {
    listOffsets: ({ isolationLevel, topics }: ListOffsets) => {
      end += 1;
      const stable = Math.min(end, firstOpenOffset);
      return Promise.resolve({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, timestamp }) => ({
            partition,
            offset: String(timestamp === EARLIEST ? 0 : isolationLevel === READ_COMMITTED ? stable : end),
          })),
        })),
      });
    },
  };
  return {
    addMultipleTargetTopics: () => Promise.resolve(),
    findLeaderForPartitions: () => ({ 1: [0] }),
    findBroker: () => Promise.resolve(broker),
  } as unknown as Cluster;
};

type ListOffsets = {
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
};

describe('Records that an open transaction holds back', () => {
  const heldBackBehind = async (firstOpenOffset: number) => {
    const cluster = busyCluster(firstOpenOffset);
    const bounds = await fetchBounds(cluster, [PARTITION]);
    expect(bounds[0]?.stable, 'some records seem to be held back').to.be.below(bounds[0]?.high ?? 0);
    return fetchHeldBack(cluster, bounds);
  };

  it('are not those that came between the two questions to the broker', async () => {
    expect(await heldBackBehind(Infinity)).to.deep.equal(new Map());
  });

  it('are those behind its first record, also while others write', async () => {
    const held = (await heldBackBehind(42)).get('commands/0');
    expect(held?.from).to.equal(42);
    expect(held?.records).to.be.above(50);
  });
});
