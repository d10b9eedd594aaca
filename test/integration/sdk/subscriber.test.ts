import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

import { createRecordEncoder } from '../../../src/avro/record-encoder.ts';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../../src/avro/schema-registry.ts';
import { frame } from '../../../src/wire/frame.ts';
import type { RunClosed, RunCloseRejected } from '../../../src/domain/records.ts';
import type { KafkaClient } from '../../../src/kafka/client/client.ts';
import { partitionOf } from '../../../src/kafka/records/partitioner.ts';
import type { Gap } from '../../../src/kafka/consume/partition-lanes.ts';
import { createPublisher, type Publisher } from '../../../src/kafka/produce/publisher.ts';
import { createPartitionReader } from '../../../src/kafka/read/partition-reader.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { type Failure, failureOf } from '../../../src/processor/failure.ts';
import type { Retry } from '../../../src/sdk/reports.ts';
import { rememberInPostgres } from '../../../src/sdk/remember.ts';
import type { ReceivedEvent, UndecodableRecord } from '../../../src/sdk/received-event.ts';
import { createRunEventsSubscriber } from '../../../src/sdk/run-events-subscriber.ts';
import type { RunEventsSubscriber, RunEventsSubscriberSettings } from '../../../src/sdk/subscriber.ts';
import { until } from '../../support/condition.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { createRunTopics, type RunTopics } from '../../support/run-topics.ts';

type Admin = ReturnType<KafkaClient['admin']>;

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

  const settingsOf = (more: Partial<RunEventsSubscriberSettings>): RunEventsSubscriberSettings => ({
    kafka: topics.kafka,
    registry: topics.registry,
    topicPrefix: topics.topicPrefix,
    groupId: topics.groupId,
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

  /** By partition of the rejections; -1: nothing. */
  const committed = async (): Promise<readonly number[]> => {
    let offsets: readonly number[] = [];
    await admin(async (it) => {
      const [topic] = await it.fetchOffsets({ groupId: topics.groupId, topics: [topics.names.rejected] });
      offsets = topic?.partitions.map(({ offset }) => Number(offset)) ?? [];
    });
    return offsets;
  };

  const subscribe = (more: Partial<RunEventsSubscriberSettings> = {}): RunEventsSubscriber => {
    const subscriber = createRunEventsSubscriber(settingsOf(more));
    subscribers.push(subscriber);
    return subscriber;
  };

  const value = (eventId: string): Buffer => frame(schemaId, encode(rejection(eventId)));

  const publish = (...eventIds: string[]): Promise<unknown> => publishIn('C1', ...eventIds);

  const publishIn = (channelId: string, ...eventIds: string[]): Promise<unknown> =>
    publisher.publish(
      topics.names.rejected,
      eventIds.map((id) => ({
        key: Buffer.from(channelId),
        value: value(id),
        headers: [['causation-id', `command-of-${id}`]],
      })),
    );

  /** Two channels that stand in the two partitions. */
  const channelIn = (partition: number): string =>
    Array.from({ length: 50 }, (_, i) => `C${i}`).find(
      (it) => partitionOf(Buffer.from(it), 2) === partition,
    ) ?? expect.fail();

  const closedEvent = schemas['run.closed'].type.random() as never as RunClosed;

  const publishClosed = async (...keys: string[]): Promise<void> => {
    const registry = createSchemaRegistry(topics.registry);
    const { topicPrefix } = topics;
    const ids = createSchemaIds({ registry, schemas, topicPrefix, topics: ['run.closed'] });
    const id = (await ids.current())['run.closed'];
    const body = createRecordEncoder<RunClosed>(schemas['run.closed'].type)(closedEvent);
    await publisher.publish(
      topics.names.closed,
      keys.map((key) => ({ key: Buffer.from(key), value: frame(id, body), headers: [] })),
    );
  };

  const admin = async (work: (admin: Admin) => Promise<unknown>): Promise<void> => {
    const it = topics.client.admin();
    await it.connect();
    await work(it).finally(() => it.disconnect());
  };

  /** Adds a third partition, with an event in it. */
  const add = async (topic: string): Promise<void> => {
    await admin((it) => it.createPartitions({ topicPartitions: [{ topic, count: 3 }] }));
    const producer = topics.client.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'C1', value: value('in a new one'), partition: 2 }] });
    await producer.disconnect();
  };

  const untilRunning = async (): Promise<void> => {
    await publish('running');
    await until('it runs', () => ids().includes('running'));
  };

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

  it('resumes after the last handled event, after a stop', async () => {
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

  it('hands over records that cannot be decoded, and continues', async () => {
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

  describe('while one event cannot be handled', () => {
    const failing = (id: string) => (it: ReceivedEvent<'run.close.rejected'>) => {
      if (it.event.eventId === id) throw new Error('a service that is away');
      received.push(it);
    };

    it('continues with the other partitions and topics, in order, and later with the events after the failed one', async () => {
      let away = true;
      const closed: string[] = [];
      await publishIn(channelIn(0), 'a0', 'bad', 'b0');
      await publishIn(channelIn(1), 'a1');
      void subscribe({
        handlers: {
          'run.close.rejected': (it) => {
            if (away) failing('bad')(it);
            else received.push(it);
          },
          'run.closed': ({ key }) => {
            closed.push(String(key));
          },
        },
      }).run();
      await until('it is tried again', () => retries.length > 2);
      await publishIn(channelIn(1), 'b1');
      await publishClosed(channelIn(0), channelIn(1));
      await until('the others are received', () => ids().includes('b1') && closed.length === 2);
      expect(ids()).to.have.members(['a0', 'a1', 'b1']);
      away = false;
      await until('all are received', () => received.length === 5);
      expect(ids().filter((id) => !id.endsWith('1'))).to.deep.equal(['a0', 'bad', 'b0']);
      expect(retries.map(({ failure }) => failure.code)).to.satisfy((codes: string[]) =>
        codes.every((code) => code === 'HANDLER_FAILED'),
      );
      expect(retries.map(({ waiting }) => waiting)).to.deep.include({
        topic: topics.names.rejected,
        partition: 0,
        offset: 1,
      });
    });

    it('says so even if nobody listens to retries', async () => {
      await publish('bad');
      const warnings: string[] = [];
      const logger = { warn: (_: object, message: string) => warnings.push(message) };
      const { onRetry: _, ...settings } = settingsOf({
        handlers: { 'run.close.rejected': failing('bad') },
        logger,
      });
      const subscriber = createRunEventsSubscriber(settings);
      subscribers.push(subscriber);
      void subscriber.run();
      await until('it is warned of', () => warnings.length > 1);
      expect(warnings[0]).to.match(/a service that is away \(attempt 1; .* waits, the others continue\)$/);
    });

    it('continues with the others while one handler takes long', async () => {
      let release: () => void = () => undefined;
      await publishIn(channelIn(0), 'slow', 'next');
      void subscribe({
        handlers: {
          'run.close.rejected': async (it) => {
            received.push(it);
            if (it.event.eventId === 'slow') await new Promise<void>((resolve) => (release = resolve));
          },
        },
      }).run();
      await until('the slow one has begun', () => ids().includes('slow'));
      for (const id of ['a', 'b', 'c']) {
        await publishIn(channelIn(1), id);
        await until(`${id} is received`, () => ids().includes(id));
      }
      expect(ids()).to.deep.equal(['slow', 'a', 'b', 'c']);
      release();
      await until('the next is received', () => ids().includes('next'));
    });

    it('lets a handler that takes long finish before another member gets its partition', async () => {
      const handling: string[] = [];
      let release: () => void = () => undefined;
      await publish('slow', 'next');
      const slowly = (who: string) => async (it: ReceivedEvent<'run.close.rejected'>) => {
        handling.push(`${who} begins ${it.event.eventId}`);
        if (it.event.eventId === 'slow') await new Promise<void>((resolve) => (release = resolve));
        received.push(it);
      };
      void subscribe({ handlers: { 'run.close.rejected': slowly('first') } }).run();
      await until('the slow one has begun', () => handling.length === 1);
      const second = subscribe({ handlers: { 'run.close.rejected': slowly('second') } });
      void second.run();
      await until('the group waits for the first', async () => {
        let state = '';
        await admin(async (it) => {
          state = (await it.describeGroups([topics.groupId])).groups[0]?.state ?? '';
        });
        return state === 'PreparingRebalance';
      });
      expect(handling).to.deep.equal(['first begins slow']);
      release();
      await until('the next is received', () => ids().includes('next'));
      expect(ids()).to.deep.equal(['slow', 'next']);
    });
  });

  describe('from the latest on', () => {
    const latest = { from: 'latest' } as const;

    it('starts at the end only once: events that come while it is down are received after a restart', async () => {
      await publishIn(channelIn(0), 'before');
      await publishIn(channelIn(1), 'before');
      const first = subscribe(latest);
      const running = first.run();
      await until('the starts are committed', async () => (await committed()).every((offset) => offset >= 0));
      await first.stop();
      await running;
      expect(received).to.be.empty;
      await publishIn(channelIn(0), 'a');
      await publishIn(channelIn(1), 'b');
      void subscribe(latest).run();
      await until('both are received', () => received.length === 2);
      expect(ids()).to.have.members(['a', 'b']);
    });

    it('is the same for members that begin at the same time', async () => {
      await publishIn(channelIn(0), 'before');
      await publishIn(channelIn(1), 'before');
      const members = [subscribe(latest), subscribe(latest), subscribe(latest)];
      for (const member of members) void member.run();
      await until('the starts are committed', async () => (await committed()).every((offset) => offset >= 0));
      await publishIn(channelIn(0), 'a');
      await publishIn(channelIn(1), 'b');
      await until('both are received', () => received.length === 2);
      expect(ids()).to.have.members(['a', 'b']);
    });

    it('reads a partition that is added later from its first event', async () => {
      void subscribe(latest).run();
      await until('the starts are committed', async () => (await committed()).every((offset) => offset >= 0));
      await add(topics.names.rejected);
      await until('it is received', () => ids().includes('in a new one'));
    });
  });

  describe('when events were deleted before it has handled them', () => {
    const deleteUpTo = (offset: number): Promise<void> =>
      admin(async (it) => {
        const topic = topics.names.rejected;
        // kafkajs deletes only in topics whose leaders it has looked up.
        await it.fetchTopicOffsets(topic);
        const partition = partitionOf(Buffer.from('C1'), 2);
        await it.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      });

    for (const from of ['earliest', 'latest'] as const) {
      it(`reports the gap, and continues after it: ${from}`, async () => {
        const gaps: Gap[] = [];
        const first = subscribe({ from });
        const running = first.run();
        await until('the starts are committed', async () =>
          (await committed()).every((offset) => offset >= 0),
        );
        await untilRunning();
        await first.stop();
        await running;
        await publish('lost', 'lost too', 'kept');
        await deleteUpTo(3);
        void subscribe({ from, onGap: (gap) => void gaps.push(gap) }).run();
        await until('the last is received', () => ids().includes('kept'));
        expect(ids()).to.deep.equal(['running', 'kept']);
        expect(gaps).to.deep.equal([
          {
            topic: topics.names.rejected,
            partition: partitionOf(Buffer.from('C1'), 2),
            reached: 1,
            continuesAt: 3,
          },
        ]);
      });
    }

    it('warns of the gap if nobody listens, also while it runs, and of a log that nothing is left of', async () => {
      const warnings: string[] = [];
      let release: () => void = () => undefined;
      void subscribe({
        logger: { warn: (_, message) => warnings.push(message) },
        handlers: {
          'run.close.rejected': async (it) => {
            received.push(it);
            if (it.event.eventId === 'running') await new Promise<void>((resolve) => (release = resolve));
          },
        },
      }).run();
      await untilRunning();
      await publish('lost', 'lost too');
      await deleteUpTo(3);
      release();
      await publish('kept');
      await until('the last is received', () => ids().includes('kept'));
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include(
        'Kafka has deleted 2 offsets that the group never handled. The subscriber continues at 3',
      );
    });
  });

  describe('in a group whose members handle different events', () => {
    it('gives each member all events that it handles', async () => {
      const got = { closed: 0, rejected: 0 };
      void subscribe({
        handlers: {
          'run.closed': () => {
            got.closed++;
          },
        },
      }).run();
      void subscribe({
        handlers: {
          'run.close.rejected': () => {
            got.rejected++;
          },
        },
      }).run();
      const channels = Array.from({ length: 20 }, (_, i) => `C${i}`);
      await publishClosed(...channels);
      for (const channel of channels) await publishIn(channel, `in ${channel}`);
      await until('all are received', () => got.closed === 20 && got.rejected === 20);
    });

    it('gives added partitions to those who handle them, also if the leader of the group does not', async () => {
      const got = { closed: 0, rejected: 0 };
      void subscribe({
        handlers: {
          'run.closed': () => {
            got.closed++;
          },
        },
      }).run();
      await publishClosed('C1');
      await until('the leader has joined', () => got.closed === 1);
      void subscribe({
        handlers: {
          'run.close.rejected': () => {
            got.rejected++;
          },
        },
      }).run();
      await publish('a');
      await until('the other has joined', () => got.rejected === 1);
      await add(topics.names.rejected);
      await until('the added partition is read', () => got.rejected === 2);
    });
  });

  const failureOfRunning = (more: Partial<RunEventsSubscriberSettings>): Promise<Failure> =>
    subscribe(more)
      .run()
      .then(() => expect.fail('it runs'), failureOf);

  it('says at once that there is no such topic', async () => {
    const failure = await failureOfRunning({ topicPrefix: 'nowhere.' });
    expect(failure).to.include({ kind: 'fatal', code: 'KAFKA_TOPIC_MISSING' });
    expect(failure.message).to.include('there is no topic nowhere.run.close.rejected');
  });

  it('waits for a broker at the start as long as it is told to, and says so meanwhile', async () => {
    const kafka = { brokers: ['127.0.0.1:1'], clientId: 'test' };
    const patient = subscribe({ kafka, startTimeout: 600_000 });
    const running = patient.run();
    const tried: Retry[] = [];
    const impatient = subscribe({ kafka, startTimeout: 1, onRetry: (retry) => tried.push(retry) });
    expect(await impatient.run().then(() => expect.fail('it runs'), failureOf)).to.include({
      kind: 'transient',
    });
    expect(await impatient.ready.catch(failureOf)).to.have.property('kind', 'transient');
    expect(tried).to.be.empty;
    await until('the other one says so', () => retries.some(({ waiting }) => waiting === null), 50_000);
    await patient.stop();
    await running;
  });

  it('may be stopped before it runs, and twice', async () => {
    const subscriber = subscribe();
    await subscriber.stop();
    await subscriber.run();
    await subscriber.stop();
    expect(received).to.be.empty;
  });

  it('is ready when no event can be missed any longer, and stops when its signal is aborted', async () => {
    const controller = new AbortController();
    const subscriber = subscribe({ from: 'latest', signal: controller.signal });
    const running = subscriber.run();
    await subscriber.ready;
    await publishIn(channelIn(0), 'a');
    await publishIn(channelIn(1), 'b');
    await until('both are received', () => received.length === 2);
    controller.abort();
    await running;
    expect(ids()).to.have.members(['a', 'b']);
  });

  it('can be used for the time of a block', async () => {
    await publish('a');
    const subscriber = subscribe();
    const running = subscriber.run();
    await until('it is received', () => received.length === 1);
    await subscriber[Symbol.asyncDispose]();
    await running;
    const stopped = subscribe();
    await stopped[Symbol.asyncDispose]();
    expect(await stopped.ready.catch(failureOf)).to.have.property('code', 'SUBSCRIBER_STOPPED');
  });

  it('does not wait for ever for a handler that never answers, names its event, and delivers it again', async () => {
    const warnings: string[] = [];
    await publish('a');
    const stuck = subscribe({
      stopTimeout: 300,
      logger: { warn: (_, message) => warnings.push(message) },
      handlers: {
        'run.close.rejected': (it) => {
          received.push(it);
          return new Promise<never>(() => undefined);
        },
      },
    });
    const running = stuck.run();
    await until('its handler has begun', () => received.length === 1);
    await stuck.stop();
    await running;
    const partition = partitionOf(Buffer.from('C1'), 2);
    expect(warnings.join('\n')).to.include(`still running, after`);
    expect(warnings.join('\n')).to.include(`run.close.rejected at ${topics.names.rejected}/${partition}/0`);
    void subscribe().run();
    await until('it is received again', () => received.length === 2);
    expect(ids()).to.deep.equal(['a', 'a']);
  });

  describe('if its handler fails for good', () => {
    const fails = (it: ReceivedEvent<'run.close.rejected'>): void => {
      if (it.event.eventId === 'bad') throw new TypeError('a bug of somebody');
      received.push(it);
    };
    const handlers = { 'run.close.rejected': fails };

    it('stops at the event, and resumes there', async () => {
      await publish('a', 'bad', 'b');
      const failure = await failureOfRunning({ handlers, retries: { attempts: 2, then: 'stop' } });
      expect(failure).to.include({ kind: 'fatal', code: 'HANDLER_FAILED' });
      expect(failure.message).to.include('a bug of somebody; given up after 2 attempts');
      expect(ids()).to.deep.equal(['a']);
      void subscribe().run();
      await until('the others are received', () => received.length === 3);
      expect(ids()).to.deep.equal(['a', 'bad', 'b']);
    });

    it('parks the event byte for byte, with the reason, and goes on behind it', async () => {
      const topic = `${topics.topicPrefix}parked`;
      const retries = { attempts: 2, then: 'park', topic } as const;
      expect((await failureOfRunning({ handlers, retries })).message).to.equal(
        `there is no topic ${topic} to park events in: create it`,
      );
      await admin((it) => it.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }));
      const warnings: string[] = [];
      await publish('a', 'bad', 'b');
      const logger = { warn: (_: object, message: string) => warnings.push(message) };
      void subscribe({ handlers, retries, logger }).run();
      await until('the others are received', () => received.length === 2);
      expect(ids()).to.deep.equal(['a', 'b']);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.match(/a bug of somebody; parked in .*parked after 2 attempts$/);

      const reader = createPartitionReader(topics.client);
      const parked: LogRecord[] = [];
      for await (const record of reader.read([{ topic, partition: 0, from: 0, to: 1 }])) parked.push(record);
      await reader.close();
      await admin((it) => it.deleteTopics({ topics: [topic] }));
      expect(parked[0]?.value).to.deep.equal(value('bad'));
      expect(parked[0]?.key?.toString()).to.equal('C1');
      expect(parked[0]?.headers.map(([name, it]) => [name, it?.toString()])).to.deep.equal([
        ['causation-id', 'command-of-bad'],
        ['__connect.errors.topic', topics.names.rejected],
        ['__connect.errors.partition', String(partitionOf(Buffer.from('C1'), 2))],
        ['__connect.errors.offset', '1'],
        ['__connect.errors.connector.name', topics.groupId],
        ['__connect.errors.stage', 'TASK_PUT'],
        ['__connect.errors.exception.class.name', 'TypeError'],
        ['__connect.errors.exception.message', 'a bug of somebody'],
      ]);
    });
  });

  it('handles a repeated event once, in one transaction with the handler', async () => {
    const database = await createEmptyDatabase();
    const pool = new pg.Pool({ connectionString: database.settings.url });
    try {
      await pool.query(tableOfHandledEvents());
      await pool.query('CREATE TABLE notice (event_id uuid)');
      let failures = 1;
      const remember = rememberInPostgres({ connect: () => pool.connect(), consumer: 'notifier' });
      const subscriber = createRunEventsSubscriber({
        kafka: topics.kafka,
        registry: topics.registry,
        topicPrefix: topics.topicPrefix,
        groupId: topics.groupId,
        remember,
        onUndecodable: () => undefined,
        onRetry: (retry) => {
          retries.push(retry);
        },
        handlers: {
          'run.close.rejected': async (it, client) => {
            await client.query('INSERT INTO notice VALUES ($1)', [it.event.eventId]);
            if (failures-- > 0) throw new Error('after the statement');
            received.push(it);
          },
        },
      });
      subscribers.push(subscriber);
      const [a, b] = [randomUUID(), randomUUID()];
      await publish(a, a, b);
      void subscriber.run();
      await until('both are received', () => received.length === 2);
      await subscriber.stop();
      expect(retries).to.have.lengthOf(1);
      const { rows } = await pool.query<{ event_id: string }>('SELECT event_id FROM notice');
      expect(rows.map((row) => row.event_id)).to.deep.equal([a, b]);
    } finally {
      await pool.end();
      await database.remove();
    }
  });
});

/** The statement of the document, as it stands there. */
const tableOfHandledEvents = (): string =>
  /```sql\n(CREATE TABLE [^]*?)```/.exec(
    readFileSync(new URL('../../../docs/subscribing.md', import.meta.url), 'utf8'),
  )?.[1] ?? expect.fail('the document has no such table');
