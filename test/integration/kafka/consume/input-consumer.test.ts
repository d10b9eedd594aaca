import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createStateRecorder, type StateRecorder } from '../../../../src/kafka/consume/consumer-state.ts';
import { fetchGroupMembers } from '../../../../src/kafka/consume/group-members.ts';
import { createInputConsumer, type InputConsumer } from '../../../../src/kafka/consume/input-consumer.ts';
import { createInputLog } from '../../../../src/kafka/read/input-log.ts';
import type { Failure } from '../../../../src/processor/failure.ts';
import type { Membership } from '../../../../src/processor/ports/batch-handler.ts';
import { until } from '../../../support/condition.ts';
import { createRawProducer, type RawProducer } from '../../../support/raw-producers.ts';
import { createRecordingHandler, type RecordingHandler } from '../../../support/recording-handler.ts';
import { createTestTopics, type TestTopics } from '../../../support/topics.ts';

const FACTS = { instance: 'an id', version: '1.2.3', startedAt: 1_767_225_600_000, httpPort: 8080 };

type Started = InputConsumer & Pick<StateRecorder, 'state'>;

describe('The input consumer', function () {
  this.timeout(60_000);
  let topics: TestTopics;
  let upstream: RawProducer;
  let handler: RecordingHandler;
  let started: InputConsumer[];
  let fatal: Failure[];

  beforeEach(async () => {
    topics = await createTestTopics(2);
    upstream = await createRawProducer(topics, 'upstream');
    handler = createRecordingHandler();
    started = [];
    fatal = [];
  });

  afterEach(async () => {
    await Promise.all(started.map((consumer) => consumer.stop()));
    await upstream.close();
    await topics.remove();
  });

  const start = async (recording: RecordingHandler = handler, stopWithinMs = 30_000): Promise<Started> => {
    const recorder = createStateRecorder();
    const consumer = createInputConsumer({
      ...topics,
      topic: topics.names.requested,
      facts: FACTS,
      handler: recording,
      recorder,
      stopWithinMs,
      onFatal: (failure) => fatal.push(failure),
    });
    started.push(consumer);
    await consumer.start();
    return { ...consumer, state: recorder.state };
  };

  const write = async (...values: string[]): Promise<void> => {
    for (const value of values) await upstream.write(topics.names.requested, value);
    await upstream.commit();
  };

  it('reads from the beginning, with the header list unchanged, and commits nothing itself', async () => {
    await upstream.write(topics.names.requested, 'x', {
      headers: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
    });
    await upstream.commit();
    const consumer = await start();
    await until('the batch is handed over', () => handler.batches.length > 0);

    const [batch] = handler.batches;
    expect(batch).to.deep.include({ partition: 0, first: 0, end: 2 });
    expect(batch?.records[0]?.headers.map(([name, value]) => `${name}${String(value)}`)).to.deep.equal([
      'b1',
      'a2',
      'b3',
    ]);
    expect(handler.assignments).to.deep.equal([[0, 1]]);
    expect(consumer.state()).to.include({ joined: true, generation: 1 });
    expect(consumer.state().partitions[0]).to.deep.equal({ partition: 0, cursor: 2, lag: 0, alarm: null });
    const log = createInputLog(topics);
    expect(await log.committedOffset(0)).to.equal(null);
    await log.close();
  });

  it('tells the group about its process, with its partitions', async () => {
    const { state } = await start();
    await until('it has joined', () => state().joined);
    const members = await fetchGroupMembers(topics.client, {
      groupId: topics.groupId,
      topic: topics.names.requested,
    });
    expect(members.map(({ facts, partitions }) => ({ facts, partitions }))).to.deep.equal([
      { facts: FACTS, partitions: [0, 1] },
    ]);
  });

  it('passes on adjacent batches, including empty ones', async () => {
    const consumer = await start();
    await write('first');
    await until('the first batch', () => handler.values().includes('first'));
    await upstream.write(topics.names.requested, 'aborted');
    await upstream.abort();
    await until(
      'the aborted record and its marker are passed',
      () => consumer.state().partitions[0]?.cursor === 4,
    );
    await write('second');
    await until('the second batch', () => handler.values().includes('second'));

    expect(handler.values()).to.deep.equal(['first', 'second']);
    const borders = handler.batches.map(({ first, end }) => [first, end]);
    expect(borders[0]?.[0]).to.equal(0);
    for (const [index, [first]] of borders.entries())
      if (index > 0) expect(first).to.equal(borders[index - 1]?.[1]);
    expect(handler.batches.some(({ records }) => records.length === 0)).to.equal(true);
  });

  it('splits a batch that is too large for one transaction, and continues after it', async () => {
    const producer = topics.client.producer();
    await producer.connect();
    const values = Array.from({ length: 2_500 }, (_, index) => String(index));
    await producer.send({
      topic: topics.names.requested,
      messages: values.map((value) => ({ partition: 0, value })),
    });
    await producer.disconnect();
    await start();
    await until('all records', () => handler.values().length >= values.length);
    expect(handler.values()).to.deep.equal(values);
    expect(Math.max(...handler.batches.map(({ records }) => records.length))).to.equal(500);
  });

  it('reads again from where the handler says', async () => {
    await write('a', 'b', 'c');
    let told = false;
    handler.answer = () => {
      if (told) return { kind: 'continue' };
      told = true;
      return { kind: 'seek', offset: 1 };
    };
    await start();
    await until('a second batch', () => handler.batches.length >= 2);
    expect(handler.batches[1]).to.include({ first: 1 });
    expect(handler.values()).to.deep.equal(['a', 'b', 'c', 'b', 'c']);
  });

  it('pauses a stopped partition while the others continue, and tries it again', async () => {
    const alarm = { code: 'OUTPUT_PARTITION_MISSING', message: 'there is no such partition' } as const;
    let resolved = false;
    handler.answer = ({ partition }) =>
      partition === 0 && !resolved ? { kind: 'stopped', offset: 0, alarm } : { kind: 'continue' };
    const consumer = await start();
    await write('held');
    await until('the alarm', () => consumer.state().partitions[0]?.alarm?.code === alarm.code);
    await upstream.write(topics.names.requested, 'other', { partition: 1 });
    await upstream.commit();
    await until('the other partition', () => handler.values(1).includes('other'));
    const tries = handler.batches.filter(({ partition }) => partition === 0).length;
    expect(tries).to.equal(1);
    resolved = true;
    await until('the partition continues', () => consumer.state().partitions[0]?.alarm === null);
    expect(handler.values(0)).to.deep.equal(['held', 'held']);
  });

  it('shares the partitions with a second member, and takes them back when it leaves', async () => {
    const one = await start();
    await until('both partitions', () => handler.assignments.length === 1);
    const other = createRecordingHandler();
    const two = await start(other);
    await until(
      'one partition each',
      () => one.state().partitions.length === 1 && two.state().partitions.length === 1,
    );
    expect(one.state().generation).to.equal(two.state().generation).and.to.be.greaterThan(1);
    await two.stop();
    expect(other.drained).to.equal(true);
    await until('both partitions again', () => one.state().partitions.length === 2);
    expect(one.state().generation).to.be.greaterThan(2);
  });

  it('tells a running handler that its generation is over, and joins again on its request', async () => {
    await write('x');
    const seen: string[] = [];
    handler.answer = async (_, membership) => {
      if (membership.generation > 1) return { kind: 'continue' };
      seen.push(membership.isCurrent() ? 'current' : 'over');
      while (membership.isCurrent()) {
        try {
          await membership.heartbeat();
        } catch (failure) {
          seen.push((failure as Failure).kind);
          return { kind: 'rejoin' };
        }
        await sleep(50);
      }
      // The consumer has beaten for the group itself, and heard of it first.
      seen.push('over');
      return { kind: 'rejoin' };
    };
    const one = await start();
    await until('the handler runs', () => seen.length > 0);
    await start(createRecordingHandler());
    await until('the next generation', () => (one.state().generation ?? 0) > 1);
    await until('the handler knows', () => seen.length > 1);
    expect(seen[0]).to.equal('current');
    expect(seen[1]).to.be.oneOf(['fenced', 'over']);
    expect(fatal).to.deep.equal([]);
  });

  it('stays a member while one attempt takes long: passes on the other partitions, and takes part in a rebalance', async () => {
    let finish = (): void => undefined;
    let membership: Membership | null = null;
    handler.answer = async ({ partition }, current) => {
      if (partition === 1 || membership !== null) return { kind: 'continue' };
      membership = current;
      await new Promise<void>((resolve) => (finish = resolve));
      return { kind: 'continue' };
    };
    const one = await start();
    await write('slow');
    await until('the slow batch is under way', () => membership !== null);
    await upstream.write(topics.names.requested, 'other', { partition: 1 });
    await upstream.commit();
    await until('the other partition', () => handler.values(1).includes('other'));

    const two = await start(createRecordingHandler());
    await until(
      'one partition each',
      () => one.state().partitions.length === 1 && two.state().partitions.length === 1,
    );
    expect(membership).to.satisfy((current: Membership) => !current.isCurrent());
    finish();
  });

  it('reports a bug in the handler once, and passes on no more batches', async () => {
    handler.answer = () => {
      throw new TypeError('undefined is not a function');
    };
    await start();
    await write('x');
    await until('the failure', () => fatal.length > 0);
    await write('y');
    expect(fatal).to.have.length(1);
    expect(fatal[0]).to.include({ kind: 'fatal', code: 'UNEXPECTED_ERROR' });
    expect(handler.values()).to.deep.equal(['x']);
  });

  it('finishes the batch under way before it leaves', async () => {
    await write('x');
    let finish = (): void => undefined;
    let current = false;
    handler.answer = async (_, { isCurrent }) => {
      await new Promise<void>((resolve) => (finish = resolve));
      current = isCurrent();
      return { kind: 'continue' };
    };
    const consumer = await start();
    await until('the batch is under way', () => handler.batches.length === 1);
    const stopped = consumer.stop();
    expect(handler.drained).to.equal(false);
    finish();
    expect(await stopped).to.equal(true);
    expect(current).to.equal(true);
    expect(handler.drained).to.equal(true);
    expect(consumer.state()).to.deep.include({ joined: false, partitions: [] });
  });

  it('gives a batch in flight half of the time to stop', async () => {
    await write('x');
    handler.answer = async () => {
      await sleep(9_000);
      return { kind: 'continue' };
    };
    const consumer = await start(handler, 120_000);
    await until('the batch is under way', () => handler.batches.length === 1);
    expect(await consumer.stop()).to.equal(true);
    expect(handler.drained).to.equal(true);
  });

  it('leaves a batch that takes too long to the next owner, and says so', async () => {
    await write('x');
    let finish = (): void => undefined;
    let wasCurrent = true;
    handler.answer = async (_, { isCurrent }) => {
      await new Promise<void>((resolve) => (finish = resolve));
      wasCurrent = isCurrent();
      return { kind: 'continue' };
    };
    const consumer = await start(handler, 6_000);
    await until('the batch is under way', () => handler.batches.length === 1);
    expect(await consumer.stop()).to.equal(false);
    finish();
    await until('the batch has ended', () => !wasCurrent);
  });

  it('reads on at the first offset that retention has left, and the group keeps its offset', async () => {
    await write('gone', 'left');
    const admin = topics.client.admin();
    await admin.connect();
    await admin.setOffsets({
      groupId: topics.groupId,
      topic: topics.names.requested,
      partitions: [{ partition: 0, offset: '0' }],
    });
    await admin.fetchTopicOffsets(topics.names.requested);
    await admin.deleteTopicRecords({
      topic: topics.names.requested,
      partitions: [{ partition: 0, offset: '1' }],
    });
    await admin.disconnect();
    await start();
    await until('the batch', () => handler.values().includes('left'));
    expect(handler.batches[0]).to.include({ first: 1 });
    const log = createInputLog(topics);
    expect(await log.committedOffset(0)).to.equal(0);
    await log.close();
  });
});
