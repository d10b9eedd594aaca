import { expect } from 'chai';
import { createKafka } from '../../../../src/kafka/client/client.ts';
import { createPartitionReader, type PartitionReader } from '../../../../src/kafka/read/partition-reader.ts';
import { readWithKafka, writeWithKafka } from '../../../support/kafka-tools.ts';
import { createRawProducer } from '../../../support/raw-producers.ts';
import { createTestTopics, type TestTopics } from '../../../support/topics.ts';

describe('The partition reader', function () {
  let topics: TestTopics;
  let reader: PartitionReader;

  beforeEach(async () => {
    topics = await createTestTopics(2);
    reader = createPartitionReader(topics.client);
  });

  afterEach(async () => {
    await reader.close();
    await topics.remove();
  });

  const boundsOf = (topic: string): ReturnType<typeof reader.bounds> =>
    reader.bounds([0, 1].map((partition) => ({ topic, partition })));

  const readAll = async (topic: string, bounds?: Awaited<ReturnType<typeof boundsOf>>): Promise<string[]> => {
    const values: string[] = [];
    for await (const { value } of reader.read(
      (bounds ?? (await boundsOf(topic))).map(({ low, high, ...partition }) => ({
        ...partition,
        from: low,
        to: high,
      })),
    )) {
      values.push(String(value));
    }
    return values;
  };

  it('leaves out aborted records, however the transactions of two producers interleave', async () => {
    const topic = topics.names.closed;
    const one = await createRawProducer(topics, 'one');
    const two = await createRawProducer(topics, 'two');
    await one.write(topic, 'one: aborted');
    await two.write(topic, 'two: aborted');
    await two.abort();
    await two.write(topic, 'two: committed');
    await one.write(topic, 'one: aborted, with the key of a marker', { key: Buffer.alloc(4) });
    await one.write(topic, 'one: aborted, after it');
    await two.commit();
    await one.abort();
    await one.write(topic, 'one: committed');
    await one.commit();
    await Promise.all([one.close(), two.close()]);

    const committed = ['two: committed', 'one: committed'];
    expect(await readAll(topic)).to.deep.equal(committed);
    expect(await readWithKafka(topic, { records: 2 })).to.deep.equal(committed);
  });

  it('waits for the transaction before its end, and reads no further than that', async () => {
    const topic = topics.names.closed;
    const producer = await createRawProducer(topics, 'slow');
    await producer.write(topic, 'first');
    const bounds = await boundsOf(topic);
    expect(bounds[0]).to.include({ low: 0, high: 1, stable: 0 });
    const read = readAll(topic, bounds);
    await producer.commit();
    await producer.write(topic, 'second');
    expect(await read).to.deep.equal(['first']);
    await producer.commit();
    await producer.close();
  });

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    it(`reads what Java has compressed with ${codec}`, async () => {
      const values = Array.from({ length: 500 }, (_, index) => `${String(index)} ${'coffee '.repeat(20)}`);
      await writeWithKafka(topics.names.requested, values, codec);
      expect((await readAll(topics.names.requested)).sort()).to.deep.equal([...values].sort());
    });
  }

  it('follows a partition until it is told to stop', async () => {
    const topic = topics.names.summary;
    const producer = await createRawProducer(topics, 'live');
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { value } of reader.read([{ topic, partition: 1, from: 0 }], {
        signal: stop.signal,
      })) {
        seen.push(String(value));
        if (seen.length === 3) stop.abort();
      }
    })();
    for (const value of ['a', 'b', 'c']) {
      await producer.write(topic, value, { partition: 1 });
      await producer.commit();
    }
    await following;
    await producer.close();
    expect(seen).to.deep.equal(['a', 'b', 'c']);
  });

  it('starts at the first offset that retention has left', async () => {
    const topic = topics.names.closed;
    const producer = await createRawProducer(topics, 'old');
    for (const value of ['gone', 'gone too', 'left']) await producer.write(topic, value);
    await producer.commit();
    await producer.close();
    const admin = topics.client.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // loads the metadata that the next call forgets to load
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();

    const values: string[] = [];
    for await (const { value, offset } of reader.read([{ topic, partition: 0, from: 0, to: 3 }])) {
      values.push(`${String(offset)} ${String(value)}`);
    }
    expect(values).to.deep.equal(['2 left']);
    const beyond = await reader
      .read([{ topic, partition: 0, from: 99, to: 100 }])
      .next()
      .catch((error: unknown) => error);
    expect(beyond).to.include({ name: 'Failure', code: 'KAFKA_OFFSET_OUT_OF_RANGE' });
  });

  it('finds offsets by time (the end if there is no later record), and counts partitions', async () => {
    const topic = topics.names.closed;
    const producer = topics.client.producer();
    await producer.connect();
    const at = Date.now() - 10_000;
    await producer.send({
      topic,
      messages: [0, 1, 2].map((index) => ({
        partition: 0,
        value: 'x',
        timestamp: String(at + index * 1_000),
      })),
    });
    await producer.disconnect();
    const partition = { topic, partition: 0 };
    expect(await reader.offsetsForTime([partition], at + 500)).to.deep.equal([{ ...partition, offset: 1 }]);
    expect(await reader.offsetsForTime([partition], at + 60_000)).to.deep.equal([
      { ...partition, offset: 3 },
    ]);
    expect([...(await reader.partitionCounts([topic, 'no-such-topic']))]).to.deep.equal([
      [topic, 2],
      ['no-such-topic', 0],
    ]);
  });

  it('says so when no broker answers', async function () {
    const nowhere = createPartitionReader(createKafka({ brokers: ['127.0.0.1:9'], clientId: 'test' }));
    const failure = await nowhere.bounds([{ topic: 'any', partition: 0 }]).catch((error: unknown) => error);
    expect(failure).to.include({ name: 'Failure', kind: 'transient' });
    await nowhere.close();
  });
});
