import { expect } from 'chai';

import { createRecordEncoder } from '../../../src/avro/record-encoder.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { frame } from '../../../src/avro/wire-format.ts';
import type { RunCloseRejected } from '../../../src/domain/records.ts';
import { createPublisher } from '../../../src/kafka/publisher.ts';
import type { Publisher } from '../../../src/kafka/publisher.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import type { Retry } from '../../../src/sdk/event-delivery.ts';
import type { ReceivedEvent, UndecodableRecord } from '../../../src/sdk/received-event.ts';
import { createRunEventsSubscriber } from '../../../src/sdk/subscriber.ts';
import type { RunEventsSubscriber, RunEventsSubscriberSettings } from '../../../src/sdk/subscriber.ts';
import { until } from '../../support/condition.ts';
import { createRunTopics } from '../../support/run-topics.ts';
import type { RunTopics } from '../../support/run-topics.ts';

const schemas = loadSchemas();
const encode = createRecordEncoder<RunCloseRejected>(schemas['run.close.rejected'].type);

const rejection = (eventId: string): RunCloseRejected => ({
  eventId,
  commandId: `command-of-${eventId}`,
  correlationId: null,
  runId: 'run-1',
  channelId: 'C1',
  actorUserId: 'U1',
  reason: 'UNAUTHORIZED',
  message: 'neither the initiator nor an admin',
  policyVersion: 0,
  rejectedAt: Date.UTC(2026, 2, 2, 8, 15),
});

describe('The subscriber to events', function () {
  this.timeout(60_000);

  let topics: RunTopics;
  let publisher: Publisher;
  let schemaId: number;
  let subscribers: RunEventsSubscriber[];
  let received: ReceivedEvent<'run.close.rejected'>[];
  let undecodable: UndecodableRecord[];
  let retries: Retry[];

  beforeEach(async () => {
    topics = await createRunTopics(2);
    publisher = createPublisher(topics.client);
    const registry = createSchemaRegistry(topics.registry);
    const ids = createSchemaIds({
      registry,
      schemas,
      topicPrefix: topics.topicPrefix,
      topics: ['run.close.rejected'],
    });
    schemaId = (await ids.current())['run.close.rejected'];
    subscribers = [];
    received = [];
    undecodable = [];
    retries = [];
  });

  afterEach(async () => {
    await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
    await publisher.close();
    await topics.remove();
  });

  const subscribe = (more: Partial<RunEventsSubscriberSettings> = {}): RunEventsSubscriber => {
    const subscriber = createRunEventsSubscriber({
      ...topics,
      handlers: {
        'run.close.rejected': (it) => {
          received.push(it);
        },
      },
      onUndecodable: (it) => {
        undecodable.push(it);
      },
      onRetry: (retry) => {
        retries.push(retry);
      },
      ...more,
    });
    subscribers.push(subscriber);
    return subscriber;
  };

  const value = (eventId: string): Buffer => frame(schemaId, encode(rejection(eventId)));

  const publish = (...eventIds: string[]): Promise<unknown> =>
    publisher.publish(
      topics.names.rejected,
      eventIds.map((id) => ({
        key: Buffer.from('C1'),
        value: value(id),
        headers: [['causation-id', `command-of-${id}`]],
      })),
    );

  const ids = (): string[] => received.map(({ event }) => event.eventId);

  it('gets typed events with their place and headers, from the earliest on', async () => {
    await publish('a', 'b');
    const running = subscribe().run();
    await until('both are received', () => received.length === 2);
    const [first] = received;
    expect(first?.event).to.deep.equal(rejection('a'));
    expect(first).to.include({
      type: 'run.close.rejected',
      topic: topics.names.rejected,
      offset: 0,
      key: 'C1',
    });
    expect(first?.headers).to.deep.equal(new Map([['causation-id', 'command-of-a']]));
    await publish('c');
    await until('the third is received', () => received.length === 3);
    expect(ids()).to.deep.equal(['a', 'b', 'c']);
    await subscribers[0]?.stop();
    await running;
  });

  it('goes on behind what was done, after a stop', async () => {
    await publish('a', 'b');
    const first = subscribe();
    const running = first.run();
    await until('both are received', () => received.length === 2);
    await first.stop();
    await running;
    await publish('c');
    void subscribe().run();
    await until('the third is received', () => received.length === 3);
    expect(ids()).to.deep.equal(['a', 'b', 'c']);
  });

  it('hands over what cannot be decoded, and goes on', async () => {
    await publish('a');
    const garbage = Buffer.from('{"not": "avro"}');
    await publisher.publish(topics.names.rejected, [{ key: Buffer.from('C1'), value: garbage, headers: [] }]);
    await publish('b');
    void subscribe().run();
    await until('both events are received', () => received.length === 2);
    expect(undecodable).to.have.lengthOf(1);
    expect(undecodable[0]).to.deep.include({ value: garbage, offset: 1 });
    expect(undecodable[0]?.poison.code).to.equal('WRONG_MAGIC_BYTE');
  });

  it('calls a handler that fails again, and skips nothing', async () => {
    let failures = 3;
    const fragile = (it: ReceivedEvent<'run.close.rejected'>): void => {
      if (it.event.eventId === 'b' && failures-- > 0) throw new TypeError('a bug of somebody');
      received.push(it);
    };
    await publish('a', 'b', 'c');
    void subscribe({ handlers: { 'run.close.rejected': fragile } }).run();
    await until('all are received', () => received.length === 3);
    expect(ids()).to.deep.equal(['a', 'b', 'c']);
    expect(retries.map(({ attempt, failure }) => [attempt, failure.code])).to.deep.equal([
      [1, 'HANDLER_FAILED'],
      [2, 'HANDLER_FAILED'],
      [3, 'HANDLER_FAILED'],
    ]);
  });

  it('lets a handler finish before it stops, and does not call it again', async () => {
    let release: () => void = () => undefined;
    const slow = async (it: ReceivedEvent<'run.close.rejected'>): Promise<void> => {
      await new Promise<void>((resolve) => {
        release = resolve;
        received.push(it);
      });
    };
    await publish('a', 'b');
    const first = subscribe({ handlers: { 'run.close.rejected': slow } });
    const running = first.run();
    await until('the first has begun', () => received.length === 1);
    const stopped = first.stop();
    release();
    await stopped;
    await running;
    void subscribe().run();
    await until('the second is received', () => received.length === 2);
    expect(ids()).to.deep.equal(['a', 'b']);
  });

  it('never sees what was aborted', async () => {
    const producer = topics.client.producer({ transactionalId: topics.groupId, maxInFlightRequests: 1 });
    await producer.connect();
    const send = async (eventId: string, end: 'abort' | 'commit'): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({
        topic: topics.names.rejected,
        messages: [{ key: 'C1', value: value(eventId), partition: 0 }],
      });
      await transaction[end]();
    };
    await send('aborted', 'abort');
    await send('committed', 'commit');
    await producer.disconnect();
    void subscribe().run();
    await until('the committed one is received', () => received.length > 0);
    expect(ids()).to.deep.equal(['committed']);
  });

  it('shares the partitions with others of its group, and loses nothing when one comes or goes', async () => {
    const first = subscribe();
    void first.run();
    await publish('a');
    await until('the first is received', () => received.length === 1);
    const second = subscribe();
    void second.run();
    await publish('b');
    await until('the second is received', () => ids().includes('b'));
    await first.stop();
    await publish('c');
    await until('the third is received', () => ids().includes('c'));
    expect([...new Set(ids())]).to.deep.equal(['a', 'b', 'c']);
  });

  it('says at once that it cannot begin: no broker, no topic, no handler', async () => {
    const failure = (more: Partial<RunEventsSubscriberSettings>): Promise<unknown> =>
      subscribe(more)
        .run()
        .then(() => expect.fail('it runs'), failureOf);
    const nowhere = { brokers: ['127.0.0.1:1'], clientId: 'test' };
    expect(await failure({ kafka: nowhere })).to.include({ kind: 'transient' });
    expect(await failure({ topicPrefix: 'nowhere.' }))
      .to.have.property('message')
      .that.includes('nowhere.');
    expect(() => subscribe({ handlers: {} })).to.throw('a handler at least');
  });

  it('may be stopped before it runs, and twice', async () => {
    const subscriber = subscribe();
    await subscriber.stop();
    await subscriber.run();
    await subscriber.stop();
    expect(received).to.be.empty;
  });
});
