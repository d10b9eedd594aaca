import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

import { createPartitionReader } from '../../../src/kafka/read/partition-reader.ts';
import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import type { ReceivedEvent } from '../../../src/sdk/received-event.ts';
import { rememberInPostgres } from '../../../src/sdk/remember.ts';
import { createRunEventsSubscriber } from '../../../src/sdk/run-events-subscriber.ts';
import { until } from '../../support/condition.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { channelIn, createSubscriberWorld, type SubscriberWorld } from '../../support/subscriber-world.ts';

describe('A subscriber whose handler fails', function () {
  this.timeout(60_000);

  let world: SubscriberWorld;

  beforeEach(async () => {
    world = await createSubscriberWorld();
  });

  afterEach(() => world.close());

  it('calls the handler again, and skips nothing', async () => {
    let failures = 3;
    const fragile = (it: ReceivedEvent<'run.close.rejected'>): void => {
      if (it.event.eventId === 'b' && failures-- > 0) throw new TypeError('a bug of somebody');
      world.received.push(it);
    };
    await world.publish('a', 'b', 'c');
    void world.subscribe({ handlers: { 'run.close.rejected': fragile } }).run();
    await until('all are received', () => world.received.length === 3);
    expect(world.ids()).to.deep.equal(['a', 'b', 'c']);
    expect(world.retries.map(({ attempt, failure }) => [attempt, failure.code])).to.deep.equal([
      [1, 'HANDLER_FAILED'],
      [2, 'HANDLER_FAILED'],
      [3, 'HANDLER_FAILED'],
    ]);
  });

  describe('while one event cannot be handled', () => {
    const failing = (id: string) => (it: ReceivedEvent<'run.close.rejected'>) => {
      if (it.event.eventId === id) throw new Error('a service that is away');
      world.received.push(it);
    };

    it('continues with the other partitions and topics, in order, and later with the events after the failed one', async () => {
      let away = true;
      const closed: string[] = [];
      await world.publishIn(channelIn(0), 'a0', 'bad', 'b0');
      await world.publishIn(channelIn(1), 'a1');
      void world
        .subscribe({
          handlers: {
            'run.close.rejected': (it) => {
              if (away) failing('bad')(it);
              else world.received.push(it);
            },
            'run.closed': ({ key }) => {
              closed.push(String(key));
            },
          },
        })
        .run();
      await until('it is tried again', () => world.retries.length > 2);
      await world.publishIn(channelIn(1), 'b1');
      await world.publishClosed(channelIn(0), channelIn(1));
      await until('the others are received', () => world.ids().includes('b1') && closed.length === 2);
      expect(world.ids()).to.have.members(['a0', 'a1', 'b1']);
      away = false;
      await until('all are received', () => world.received.length === 5);
      expect(world.ids().filter((id) => !id.endsWith('1'))).to.deep.equal(['a0', 'bad', 'b0']);
      expect(world.retries.map(({ failure }) => failure.code)).to.satisfy((codes: string[]) =>
        codes.every((code) => code === 'HANDLER_FAILED'),
      );
      expect(world.retries.map(({ waiting }) => waiting)).to.deep.include({
        topic: world.topics.names.rejected,
        partition: 0,
        offset: 1,
      });
    });

    it('says so even if nobody listens to retries', async () => {
      await world.publish('bad');
      const warnings: string[] = [];
      const logger = { warn: (_: object, message: string) => warnings.push(message) };
      const { onRetry: _, ...settings } = world.settings({
        handlers: { 'run.close.rejected': failing('bad') },
        logger,
      });
      const subscriber = world.keep(createRunEventsSubscriber(settings));
      void subscriber.run();
      await until('it is warned of', () => warnings.length > 1);
      expect(warnings[0]).to.match(/a service that is away \(attempt 1; .* waits, the others continue\)$/);
    });

    it('continues with the others while one handler takes long', async () => {
      let release: () => void = () => undefined;
      await world.publishIn(channelIn(0), 'slow', 'next');
      void world
        .subscribe({
          handlers: {
            'run.close.rejected': async (it) => {
              world.received.push(it);
              if (it.event.eventId === 'slow') await new Promise<void>((resolve) => (release = resolve));
            },
          },
        })
        .run();
      await until('the slow one has begun', () => world.ids().includes('slow'));
      for (const id of ['a', 'b', 'c']) {
        await world.publishIn(channelIn(1), id);
        await until(`${id} is received`, () => world.ids().includes(id));
      }
      expect(world.ids()).to.deep.equal(['slow', 'a', 'b', 'c']);
      release();
      await until('the next is received', () => world.ids().includes('next'));
    });
  });

  describe('if its handler fails for good', () => {
    const fails = (it: ReceivedEvent<'run.close.rejected'>): void => {
      if (it.event.eventId === 'bad') throw new TypeError('a bug of somebody');
      world.received.push(it);
    };
    const handlers = { 'run.close.rejected': fails };

    it('stops at the event, and resumes there', async () => {
      await world.publish('a', 'bad', 'b');
      const failure = await world.failureOfRunning({ handlers, retries: { attempts: 2, then: 'stop' } });
      expect(failure).to.include({ kind: 'fatal', code: 'HANDLER_FAILED' });
      expect(failure.message).to.include('a bug of somebody; given up after 2 attempts');
      expect(world.ids()).to.deep.equal(['a']);
      void world.subscribe().run();
      await until('the others are received', () => world.received.length === 3);
      expect(world.ids()).to.deep.equal(['a', 'bad', 'b']);
    });

    it('parks the event byte for byte, with the reason, and continues after it', async () => {
      const topic = `${world.topics.topicPrefix}parked`;
      const retries = { attempts: 2, then: 'park', topic } as const;
      expect((await world.failureOfRunning({ handlers, retries })).message).to.equal(
        `there is no topic ${topic} to park events in: create it`,
      );
      await world.admin((it) =>
        it.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }),
      );
      const warnings: string[] = [];
      await world.publish('a', 'bad', 'b');
      const logger = { warn: (_: object, message: string) => warnings.push(message) };
      void world.subscribe({ handlers, retries, logger }).run();
      await until('the others are received', () => world.received.length === 2);
      expect(world.ids()).to.deep.equal(['a', 'b']);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.match(/a bug of somebody; parked in .*parked after 2 attempts$/);

      const reader = createPartitionReader(world.topics.client);
      const parked: LogRecord[] = [];
      for await (const record of reader.read([{ topic, partition: 0, from: 0, to: 1 }])) parked.push(record);
      await reader.close();
      await world.admin((it) => it.deleteTopics({ topics: [topic] }));
      expect(parked[0]?.value).to.deep.equal(world.value('bad'));
      expect(parked[0]?.key?.toString()).to.equal('C1');
      expect(parked[0]?.headers.map(([name, it]) => [name, it?.toString()])).to.deep.equal([
        ['causation-id', 'command-of-bad'],
        ['__connect.errors.topic', world.topics.names.rejected],
        ['__connect.errors.partition', String(partitionOf(Buffer.from('C1'), 2))],
        ['__connect.errors.offset', '1'],
        ['__connect.errors.connector.name', world.topics.groupId],
        ['__connect.errors.stage', 'TASK_PUT'],
        ['__connect.errors.exception.class.name', 'TypeError'],
        ['__connect.errors.exception.message', 'a bug of somebody'],
      ]);
    });
  });

  const failsAfterTheStatement = (): Promise<void> => Promise.reject(new Error('after the statement'));
  const losesTheConnection = async (client: pg.PoolClient, pool: pg.Pool): Promise<void> => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const lost = new Promise((resolve) => client.once('end', resolve));
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await lost;
    await client.query('SELECT 1');
  };

  for (const [fault, fail] of [
    ['fails after a statement', failsAfterTheStatement],
    ['loses its connection between two statements', losesTheConnection],
  ] as const)
    it(`handles an event once in one transaction with a handler that ${fault}`, async () => {
      const database = await createEmptyDatabase();
      const pool = new pg.Pool({ connectionString: database.settings.url });
      try {
        await pool.query(tableOfHandledEvents());
        await pool.query('CREATE TABLE notice (event_id uuid)');
        let failures = 1;
        const remember = rememberInPostgres({ connect: () => pool.connect(), consumer: 'notifier' });
        const subscriber = world.keep(
          createRunEventsSubscriber({
            kafka: world.topics.kafka,
            registry: world.topics.registry,
            topicPrefix: world.topics.topicPrefix,
            groupId: world.topics.groupId,
            remember,
            onUndecodable: () => undefined,
            onRetry: (retry) => {
              world.retries.push(retry);
            },
            handlers: {
              'run.close.rejected': async (it, client) => {
                await client.query('INSERT INTO notice VALUES ($1)', [it.event.eventId]);
                if (failures-- > 0) await fail(client, pool);
                world.received.push(it);
              },
            },
          }),
        );
        const [a, b] = [randomUUID(), randomUUID()];
        await world.publish(a, a, b);
        void subscriber.run();
        await until('both are received', () => world.received.length === 2);
        await subscriber.stop();
        expect(world.retries).to.have.lengthOf(1);
        const { rows } = await pool.query<{ event_id: string }>('SELECT event_id FROM notice');
        expect(rows.map((row) => row.event_id)).to.deep.equal([a, b]);
      } finally {
        await pool.end();
        await database.remove();
      }
    });
});

/** The statement of the document, unchanged. */
const tableOfHandledEvents = (): string =>
  /```sql\n(CREATE TABLE [^]*?)```/.exec(
    readFileSync(new URL('../../../docs/subscribing.md', import.meta.url), 'utf8'),
  )?.[1] ?? expect.fail('the document has no such table');
