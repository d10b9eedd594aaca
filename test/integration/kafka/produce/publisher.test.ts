import { expect } from 'chai';
import sinon from 'sinon';
import { createPublisher, type Publisher } from '../../../../src/kafka/produce/publisher.ts';
import { createPartitionReader } from '../../../../src/kafka/read/partition-reader.ts';
import { partitionOf } from '../../../../src/wire/partitioner.ts';
import { createTestTopics, type TestTopics } from '../../../support/topics.ts';

describe('The publisher', function () {
  let topics: TestTopics;
  let publisher: Publisher;

  before(async () => {
    topics = await createTestTopics(3);
    publisher = createPublisher(topics.client);
  });

  after(async () => {
    await publisher.close();
    await topics.remove();
  });

  it('returns the position of each record, in the partition of its key', async () => {
    const topic = topics.names.requested;
    const records = Array.from({ length: 2_500 }, (_, index) => ({
      key: Buffer.from(`channel-${String(index % 7)}`),
      value: Buffer.from(String(index)),
      headers: [['correlation-id', String(index)]] as const,
    }));
    const positions = await publisher.publish(topic, records);
    expect(positions.map(({ partition }) => partition)).to.deep.equal(
      records.map(({ key }) => partitionOf(key, 3)),
    );

    const reader = createPartitionReader(topics.client);
    const bounds = await reader.bounds([0, 1, 2].map((partition) => ({ topic, partition })));
    const values = new Map<string, string>();
    for await (const record of reader.read(
      bounds.map(({ low, high, ...partition }) => ({ ...partition, from: low, to: high })),
    )) {
      values.set(`${String(record.partition)}/${String(record.offset)}`, String(record.value));
    }
    await reader.close();
    expect(values.size).to.equal(records.length);
    for (const [index, { partition, offset }] of positions.entries()) {
      expect(values.get(`${String(partition)}/${String(offset)}`)).to.equal(String(index));
    }
  });

  it('publishes nothing when there is nothing, and names a topic that is missing', async () => {
    expect(await publisher.publish(topics.names.requested, [])).to.deep.equal([]);
    const record = { key: Buffer.from('k'), value: Buffer.from('v'), headers: [] };
    const failure = await publisher.publish('no-such-topic', [record]).catch((error: unknown) => error);
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_TOPIC_MISSING' });
  });

  it('continues after a record that the topic refuses', async () => {
    const record = (bytes: number) => ({ key: Buffer.from('k'), value: Buffer.alloc(bytes), headers: [] });
    const failure = await publisher
      .publish(topics.names.requested, [record(2_000_000)])
      .catch((error: unknown) => error);
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_MESSAGE_TOO_LARGE' });
    expect(await publisher.publish(topics.names.requested, [record(10)])).to.have.length(1);
  });

  it('sends each key where it belongs soon after partitions were added', async () => {
    const clock = sinon.useFakeTimers({ now: performance.now(), toFake: ['performance'] });
    const topic = topics.names.closed;
    const records = Array.from({ length: 60 }, (_, index) => ({
      key: Buffer.from(`channel-${String(index)}`),
      value: Buffer.from('v'),
      headers: [],
    }));
    const partitions = async (): Promise<readonly number[]> =>
      (await publisher.publish(topic, records)).map(({ partition }) => partition);
    const murmur2 = (count: number): readonly number[] => records.map(({ key }) => partitionOf(key, count));
    try {
      expect(await partitions()).to.deep.equal(murmur2(3));
      const admin = topics.client.admin();
      await admin.connect();
      await admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] });
      await admin.disconnect();
      clock.tick(10_000);
      expect(await partitions()).to.deep.equal(murmur2(6));
    } finally {
      clock.restore();
    }
  });
});
