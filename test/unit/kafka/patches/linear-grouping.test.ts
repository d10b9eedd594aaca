import { expect } from 'chai';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Group = (choice: {
  topic: string;
  partitionMetadata: readonly object[];
  messages: readonly { partition: number }[];
  partitioner: (choice: { message: { partition: number } }) => number;
}) => Record<number, { partition: number }[]>;

const group = repaired('producer/groupMessagesPerPartition.js') as Group;

describe('What is sent', () => {
  const partitioner = ({ message }: { message: { partition: number } }): number => message.partition;

  it('is grouped by partition, in order', () => {
    const messages = [1, 0, 1].map((partition, id) => ({ partition, id }));
    expect(group({ topic: 't', partitionMetadata: [{}, {}], messages, partitioner })).to.deep.equal({
      0: [{ partition: 0, id: 1 }],
      1: [
        { partition: 1, id: 0 },
        { partition: 1, id: 2 },
      ],
    });
    expect(group({ topic: 't', partitionMetadata: [], messages, partitioner })).to.deep.equal({});
  });

  it('is grouped in a time that grows with its number, not with the square of it', () => {
    const messages = Array.from({ length: 50_000 }, () => ({ partition: 0 }));
    const began = performance.now();
    group({ topic: 't', partitionMetadata: [{}], messages, partitioner });
    expect(performance.now() - began).to.be.lessThan(1_000);
  });
});
