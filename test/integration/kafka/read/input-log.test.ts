import { expect } from 'chai';
import { createTransactionalOutput } from '../../../../src/kafka/produce/transactional-output.ts';
import { createInputLog } from '../../../../src/kafka/read/input-log.ts';
import { fetchLogIdentity } from '../../../../src/kafka/topics/log-identity.ts';
import type { Emission, PartitionProducer } from '../../../../src/processor/ports/output.ts';
import type { EventType } from '../../../../src/wire/event-types.ts';
import { until } from '../../../support/condition.ts';
import { createRawProducer } from '../../../support/raw-producers.ts';
import { createTestTopics, deleteTopics, type TestTopics } from '../../../support/topics.ts';

describe('The input log', function () {
  let topics: TestTopics;
  let log: ReturnType<typeof createInputLog>;
  let producer: PartitionProducer;

  beforeEach(async () => {
    topics = await createTestTopics(2);
    log = createInputLog(topics);
    producer = await createTransactionalOutput(topics).fence(1);
  });

  afterEach(async () => {
    await producer.dispose();
    await log.close();
    await topics.remove();
  });

  it('names the open transaction that holds an input back, its producer, and since when', async () => {
    const before = Date.now();
    const [open, other] = await Promise.all([
      createRawProducer(topics, 'left-open'),
      createRawProducer(topics, 'diligent'),
    ]);
    const input = topics.names.requested;
    await open.write(input, 'one', { partition: 1 });
    await other.write(input, 'two', { partition: 1 });
    await other.write(input, 'three', { partition: 0 });
    await other.commit();
    await open.write(input, 'four', { partition: 1 });

    const [free, held] = await log.contents([0, 1]);
    expect(free).to.deep.equal({ partition: 0, high: 2, hindrances: [] });
    expect(held).to.include({ partition: 1, high: 4 });
    const { code, message, records, lastsMs } = held?.hindrances[0] ?? {};
    expect({ code, records }).to.deep.equal({ code: 'INPUT_HELD_BACK', records: 4 });
    expect(message)
      .to.include(`${input}/1 is held back from offset 0 on by an open transaction`)
      .and.include(`transactional id ${topics.groupId}-left-open, producer id `);
    expect(lastsMs).to.be.within(0, Date.now() - before);

    await open.abort();
    await until('nothing is held back', async () => (await log.contents([1]))[0]?.hindrances.length === 0);
    await Promise.all([open.close(), other.close()]);
  });

  const source = (offset: number, topic = topics.names.requested, partition = 1): string =>
    `${topic}/${String(partition)}/${String(offset)}`;

  const event = (type: EventType, sourceText: string, body = ''): Emission => ({
    kind: 'event',
    type,
    key: null,
    value: Buffer.from(`\0\0\0\0\x07${body}`),
    headers: [['source-offset', sourceText]],
  });

  const deadLetter = (offset: number): Emission => ({
    kind: 'dead-letter',
    record: {
      offset,
      key: null,
      value: null,
      timestamp: 0,
      headers: [['source-offset', Buffer.from(source(999))]],
    },
    poison: { code: 'NULL_VALUE', message: 'there is no value' },
  });

  it('knows no offset and no source before anything was emitted', async () => {
    expect(await log.committedOffset(1)).to.equal(null);
    expect(await log.lastEmittedSource(1)).to.equal(null);
    expect(await log.bounds(1)).to.deep.equal({ low: 0, high: 0 });
  });

  it('knows how far the group is, and what can be read by now', async () => {
    const upstream = await createRawProducer(topics, 'upstream');
    await upstream.write(topics.names.requested, 'committed', { partition: 1 });
    await upstream.commit();
    await upstream.write(topics.names.requested, 'not yet', { partition: 1 });
    expect(await log.progress([0, 1])).to.deep.equal([
      { partition: 0, next: 0, end: 0 },
      { partition: 1, next: 0, end: 2 },
    ]);
    await producer.publish([], 2);
    expect(await log.progress([1])).to.deep.equal([{ partition: 1, next: 2, end: 2 }]);
    expect(await log.progress([])).to.deep.equal([]);
    await upstream.abort();
    await upstream.close();
  });

  it('does not count removed records as lag', async () => {
    const upstream = await createRawProducer(topics, 'upstream');
    await upstream.write(topics.names.requested, 'removed', { partition: 1 });
    await upstream.commit();
    await upstream.close();
    const admin = topics.client.admin();
    await admin.connect();
    try {
      // Without it kafkajs does not know the topic yet.
      await admin.fetchTopicOffsets(topics.names.requested);
      const all = [{ partition: 1, offset: '-1' }];
      await admin.deleteTopicRecords({ topic: topics.names.requested, partitions: all });
    } finally {
      await admin.disconnect();
    }
    expect(await log.progress([1])).to.deep.equal([{ partition: 1, next: 2, end: 2 }]);
  });

  it('finds the last source among closed runs, rejections and dead letters alike', async () => {
    await producer.publish([event('run.closed', source(3)), event('run.summary', source(3))], 4);
    expect(await log.lastEmittedSource(1)).to.equal(3);
    await producer.publish([event('run.close.rejected', source(4))], 5);
    expect(await log.lastEmittedSource(1)).to.equal(4);
    await producer.publish([deadLetter(5)], 6);
    expect(await log.lastEmittedSource(1)).to.equal(5);
    expect(await log.lastEmittedSource(0)).to.equal(null);
  });

  it('walks back past markers, aborted records, replayed ones and those of other inputs', async () => {
    await producer.publish([event('run.closed', source(17))], 18);
    const other = await createRawProducer(topics, 'other');
    const write = (sourceText: string, ...more: [string, string][]) =>
      other.write(topics.names.closed, 'x', {
        partition: 1,
        headers: [['source-offset', sourceText], ...more],
      });
    await write(source(40));
    await other.abort();
    await write(source(50), ['runclose-replay', 'r1']);
    await write(source(60, 'other.run.close.requested'));
    await write(source(70, topics.names.requested, 0));
    await write('nonsense');
    for (let filler = 0; filler < 300; filler++) await write('');
    await other.commit();
    await other.close();
    expect(await log.lastEmittedSource(1)).to.equal(17);
  });

  it('includes the records of a transaction that was open at the start', async () => {
    const other = await createRawProducer(topics, 'slow');
    await other.write(topics.names.closed, 'x', { partition: 1, headers: [['source-offset', source(8)]] });
    const lastSource = log.lastEmittedSource(1);
    await other.commit();
    await other.close();
    expect(await lastSource).to.equal(8);
  });

  it('reads the right offset after each fence, whatever the former owner had under way', async () => {
    const output = createTransactionalOutput(topics);
    let committed = 0;
    for (let round = 1; round <= 10; round++) {
      const former = await output.fence(0);
      const under = former.publish([], round).then(
        () => 'committed',
        () => 'failed',
      );
      const owner = await output.fence(0);
      const offset = await log.committedOffset(0);
      if ((await under) === 'committed') expect(offset).to.equal(round);
      expect(offset === null || offset === round || offset === committed).to.equal(true);
      committed = offset ?? 0;
      await Promise.all([former.dispose(), owner.dispose()]);
      expect(await log.committedOffset(0)).to.equal(offset);
    }
  });

  it('returns the bodies of the events of a range of input, found far before the end', async () => {
    const count = 3_000;
    for (let begin = 0; begin < count; begin += 500) {
      const sources = Array.from({ length: 500 }, (_, index) => begin + index);
      await producer.publish(
        sources.flatMap((each): Emission[] =>
          each % 10 === 0
            ? [event('run.close.rejected', source(each), `rejected ${String(each)}`)]
            : [
                event('run.closed', source(each), `closed ${String(each)}`),
                event('run.summary', source(each), `summary ${String(each)}`),
              ],
        ),
        begin + 500,
      );
    }
    const events = await log.emittedEvents({ partition: 1, first: 99, end: 102 });
    expect(
      [...events]
        .sort(([a], [b]) => a - b)
        .map(([offset, bodies]) => [
          offset,
          Object.entries(bodies)
            .map(([type, value]) => `${type} ${String(value.subarray(5))}`)
            .sort(),
        ]),
    ).to.deep.equal([
      [99, ['run.closed closed 99', 'run.summary summary 99']],
      [100, ['run.close.rejected rejected 100']],
      [101, ['run.closed closed 101', 'run.summary summary 101']],
    ]);
    expect((await log.emittedEvents({ partition: 1, first: 0, end: count })).size).to.equal(count);
    expect((await log.emittedEvents({ partition: 1, first: count, end: count + 5 })).size).to.equal(0);
  });

  it('distinguishes topics that were deleted and created again from the former ones', async () => {
    const admin = topics.client.admin();
    await admin.connect();
    const before = await log.identity(1);
    expect(before.clusterId).to.equal((await admin.describeCluster()).clusterId);
    expect(before.inputId).to.match(/^[\w-]{22}$/);
    expect(before.outputsId?.split(' ')).to.have.length(4);
    expect(await log.identity(0), 'whichever partition').to.deep.equal(before);

    const recreate = async (topic: string): Promise<void> => {
      await deleteTopics(admin, [topic]);
      await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
    };
    await recreate(topics.names.summary);
    const again = await log.identity(1);
    expect(again).to.deep.include({ clusterId: before.clusterId, inputId: before.inputId });
    expect(again.outputsId).to.not.equal(before.outputsId);
    await recreate(topics.names.requested);
    expect((await log.identity(1)).inputId).to.not.equal(before.inputId);
    await admin.disconnect();
  });

  it('returns no topic ids if the brokers know none', async () => {
    const cluster = topics.client.cluster();
    await cluster.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    const older = Object.create(broker, { versions: { value: { 3: { maxVersion: 9 } } } }) as typeof broker;
    const { clusterId } = await log.identity(1);
    expect(await fetchLogIdentity(older, topics.names)).to.deep.equal({
      clusterId,
      inputId: null,
      outputsId: null,
    });
    await cluster.disconnect();
  });

  it('finds which records of a range of the input are dead letters', async () => {
    await producer.publish([deadLetter(3), event('run.close.rejected', source(4)), deadLetter(5)], 6);
    await producer.publish([deadLetter(7)], 8);
    expect([...(await log.deadLettered({ partition: 1, first: 3, end: 7 }))]).to.deep.equal([3, 5]);
    expect((await log.deadLettered({ partition: 0, first: 0, end: 9 })).size).to.equal(0);
  });

  it('names the outputs that lack a partition, and places keys by the partitions that it saw', async () => {
    expect(await log.missingOutputs(1)).to.deep.equal([]);
    expect(await log.missingOutputs(2)).to.have.length(4);
    const admin = topics.client.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topics.names.summary] });
    await admin.disconnect();
    expect(await log.missingOutputs(1)).to.deep.equal([{ topic: topics.names.summary, partitions: 0 }]);
    const places = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => log.partitionOf(Buffer.from(key)));
    expect(new Set(places)).to.deep.equal(new Set([0, 1]));
    // Another client: kafkajs may end the new connection of one that connects again, when the broker closes the old connection.
    const again = topics.client.admin();
    await again.connect();
    await again.createTopics({
      topics: [{ topic: topics.names.summary, numPartitions: 2 }],
      waitForLeaders: false,
    });
    await again.disconnect();
  });
});
