import { expect } from 'chai';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import type { ReceivedEvent } from '../../../src/sdk/received-event.ts';
import type { Retry } from '../../../src/sdk/reports.ts';
import { until } from '../../support/condition.ts';
import {
  channelIn,
  createSubscriberWorld,
  rejection,
  type SubscriberWorld,
} from '../../support/subscriber-world.ts';

describe('The subscriber to events', function () {
  this.timeout(60_000);

  let world: SubscriberWorld;

  beforeEach(async () => {
    world = await createSubscriberWorld();
  });

  afterEach(() => world.close());

  it('gets typed events with their place and headers, from the earliest on', async () => {
    await world.publish('a', 'b');
    const subscriber = world.subscribe();
    const running = subscriber.run();
    await until('both are received', () => world.received.length === 2);
    const [first] = world.received;
    expect(first?.event).to.deep.equal(rejection('a'));
    expect(first).to.include({
      type: 'run.close.rejected',
      topic: world.topics.names.rejected,
      offset: 0,
      key: 'C1',
    });
    expect(first?.headers).to.deep.equal(new Map([['causation-id', 'command-of-a']]));
    await world.publish('c');
    await until('the third is received', () => world.received.length === 3);
    expect(world.ids()).to.deep.equal(['a', 'b', 'c']);
    await subscriber.stop();
    await running;
  });

  it('resumes after the last handled event, after a stop', async () => {
    await world.publish('a', 'b');
    const first = world.subscribe();
    const running = first.run();
    await until('both are received', () => world.received.length === 2);
    await first.stop();
    await running;
    await world.publish('c');
    void world.subscribe().run();
    await until('the third is received', () => world.received.length === 3);
    expect(world.ids()).to.deep.equal(['a', 'b', 'c']);
  });

  it('hands over records that cannot be decoded, and continues', async () => {
    await world.publish('a');
    const garbage = Buffer.from('{"not": "avro"}');
    await world.publisher.publish(world.topics.names.rejected, [
      { key: Buffer.from('C1'), value: garbage, headers: [] },
    ]);
    await world.publish('b');
    void world.subscribe().run();
    await until('both events are received', () => world.received.length === 2);
    expect(world.undecodable).to.have.lengthOf(1);
    expect(world.undecodable[0]).to.deep.include({ value: garbage, offset: 1 });
    expect(world.undecodable[0]?.poison.code).to.equal('WRONG_MAGIC_BYTE');
  });

  it('never sees what was aborted', async () => {
    const producer = world.topics.client.producer({
      transactionalId: world.topics.groupId,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const send = async (eventId: string, end: 'abort' | 'commit'): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({
        topic: world.topics.names.rejected,
        messages: [{ key: 'C1', value: world.value(eventId), partition: 0 }],
      });
      await transaction[end]();
    };
    await send('aborted', 'abort');
    await send('committed', 'commit');
    await producer.disconnect();
    void world.subscribe().run();
    await until('the committed one is received', () => world.received.length > 0);
    expect(world.ids()).to.deep.equal(['committed']);
  });

  it('says at once that there is no such topic', async () => {
    const failure = await world.failureOfRunning({ topicPrefix: 'nowhere.' });
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_TOPIC_MISSING' });
    expect(failure.message).to.include('there is no topic nowhere.run.close.rejected');
  });

  it('waits for a broker at the start as long as it is told to, and says so meanwhile', async () => {
    const kafka = { brokers: ['127.0.0.1:1'], clientId: 'test' };
    const patient = world.subscribe({ kafka, startTimeout: 600_000 });
    const running = patient.run();
    const tried: Retry[] = [];
    const impatient = world.subscribe({ kafka, startTimeout: 1, onRetry: (retry) => tried.push(retry) });
    expect(await impatient.run().then(() => expect.fail('it runs'), failureOf)).to.include({
      kind: 'transient',
    });
    expect(await impatient.ready.catch(failureOf)).to.have.property('kind', 'transient');
    expect(tried).to.be.empty;
    await until('the other one says so', () => world.retries.some(({ waiting }) => waiting === null), 50_000);
    await patient.stop();
    await running;
  });

  it('is ready when no event can be missed any longer, and stops when its signal is aborted', async () => {
    const controller = new AbortController();
    const subscriber = world.subscribe({ from: 'latest', signal: controller.signal });
    const running = subscriber.run();
    await subscriber.ready;
    await world.publishIn(channelIn(0), 'a');
    await world.publishIn(channelIn(1), 'b');
    await until('both are received', () => world.received.length === 2);
    controller.abort();
    await running;
    expect(world.ids()).to.have.members(['a', 'b']);
  });

  it('lets a handler finish before it stops, and does not call it again', async () => {
    let release: () => void = () => undefined;
    const slow = async (it: ReceivedEvent<'run.close.rejected'>): Promise<void> => {
      await new Promise<void>((resolve) => {
        release = resolve;
        world.received.push(it);
      });
    };
    await world.publish('a', 'b');
    const first = world.subscribe({ handlers: { 'run.close.rejected': slow } });
    const running = first.run();
    await until('the first has begun', () => world.received.length === 1);
    const stopped = first.stop();
    release();
    await stopped;
    await running;
    void world.subscribe().run();
    await until('the second is received', () => world.received.length === 2);
    expect(world.ids()).to.deep.equal(['a', 'b']);
  });

  it('does not wait for ever for a handler that never answers, names its event, and delivers it again', async () => {
    const warnings: string[] = [];
    await world.publish('a');
    const stuck = world.subscribe({
      stopTimeout: 300,
      logger: { warn: (_, message) => warnings.push(message) },
      handlers: {
        'run.close.rejected': (it) => {
          world.received.push(it);
          return new Promise<never>(() => undefined);
        },
      },
    });
    const running = stuck.run();
    await until('its handler has begun', () => world.received.length === 1);
    await stuck.stop();
    await running;
    const partition = partitionOf(Buffer.from('C1'), 2);
    expect(warnings.join('\n')).to.include(`still running, after`);
    expect(warnings.join('\n')).to.include(
      `run.close.rejected at ${world.topics.names.rejected}/${partition}@0`,
    );
    void world.subscribe().run();
    await until('it is received again', () => world.received.length === 2);
    expect(world.ids()).to.deep.equal(['a', 'a']);
  });

  it('may be stopped before it runs, and twice', async () => {
    const subscriber = world.subscribe();
    await subscriber.stop();
    await subscriber.run();
    await subscriber.stop();
    expect(world.received).to.be.empty;
  });

  it('can be used for the time of a block', async () => {
    await world.publish('a');
    const subscriber = world.subscribe();
    const running = subscriber.run();
    await until('it is received', () => world.received.length === 1);
    await subscriber[Symbol.asyncDispose]();
    await running;
    const stopped = world.subscribe();
    await stopped[Symbol.asyncDispose]();
    expect(await stopped.ready.catch(failureOf)).to.have.property('code', 'SUBSCRIBER_STOPPED');
  });
});
