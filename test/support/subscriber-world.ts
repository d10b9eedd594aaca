import { expect } from 'chai';
import { createRecordEncoder } from '../../src/avro/record-encoder.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../src/avro/schema-registry.ts';
import type { RunClosed, RunCloseRejected } from '../../src/domain/records.ts';
import type { KafkaClient } from '../../src/kafka/client/client.ts';
import { createPublisher, type Publisher } from '../../src/kafka/produce/publisher.ts';
import { partitionOf } from '../../src/wire/partitioner.ts';
import { type Failure, failureOf } from '../../src/processor/failure.ts';
import type { ReceivedEvent, UndecodableRecord } from '../../src/sdk/received-event.ts';
import type { Retry } from '../../src/sdk/reports.ts';
import { createRunEventsSubscriber } from '../../src/sdk/run-events-subscriber.ts';
import type { RunEventsSubscriber, RunEventsSubscriberSettings } from '../../src/sdk/subscriber.ts';
import { frame } from '../../src/wire/frame.ts';
import { until } from './condition.ts';
import { createRunTopics, type RunTopics } from './run-topics.ts';

type Admin = ReturnType<KafkaClient['admin']>;

/** Topics with events, and the subscribers of one group that read them. */
export type SubscriberWorld = {
  readonly topics: RunTopics;
  readonly publisher: Publisher;
  /** The rejections that the default handler has received, in order. */
  readonly received: ReceivedEvent<'run.close.rejected'>[];
  readonly undecodable: UndecodableRecord[];
  readonly retries: Retry[];
  /** The event ids of `received`. */
  ids(): readonly string[];
  settings(more: Partial<RunEventsSubscriberSettings>): RunEventsSubscriberSettings;
  /** Creates a subscriber with these settings, and stops it when the world closes. */
  subscribe(more?: Partial<RunEventsSubscriberSettings>): RunEventsSubscriber;
  /** Stops this subscriber when the world closes. */
  keep<Subscriber extends Pick<RunEventsSubscriber, 'stop'>>(subscriber: Subscriber): Subscriber;
  /** The failure with which a subscriber ends that cannot run. */
  failureOfRunning(more: Partial<RunEventsSubscriberSettings>): Promise<Failure>;
  /** The bytes of a rejection. */
  value(eventId: string): Buffer;
  /** Publishes rejections in channel C1. */
  publish(...eventIds: string[]): Promise<unknown>;
  publishIn(channelId: string, ...eventIds: string[]): Promise<unknown>;
  publishClosed(...keys: string[]): Promise<void>;
  /** Adds a third partition, with the rejection `in a new one` in it. */
  addPartition(topic: string): Promise<void>;
  admin(work: (admin: Admin) => Promise<unknown>): Promise<void>;
  /** Resolves when the group has committed an offset for each partition of the rejections. */
  untilStartsAreCommitted(): Promise<void>;
  /** Resolves when the default handler has received an event that this publishes. */
  untilRunning(): Promise<void>;
  close(): Promise<void>;
};

const schemas = loadSchemas();
const encode = createRecordEncoder<RunCloseRejected>(schemas['run.close.rejected'].type);

export const rejection = (eventId: string): RunCloseRejected => ({
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

/** A channel whose events are in this one of the two partitions. */
export const channelIn = (partition: number): string =>
  Array.from({ length: 50 }, (_, i) => `C${i}`).find(
    (channelId) => partitionOf(Buffer.from(channelId), 2) === partition,
  ) ?? expect.fail();

export const createSubscriberWorld = async (): Promise<SubscriberWorld> => {
  const topics = await createRunTopics(2);
  const publisher = createPublisher(topics.client);
  const registry = createSchemaRegistry(topics.registry);
  const { topicPrefix } = topics;
  const idOf = async (topic: 'run.closed' | 'run.close.rejected'): Promise<number> =>
    (await createSchemaIds({ registry, schemas, topicPrefix, topics: [topic] }).current())[topic];
  const schemaId = await idOf('run.close.rejected');
  const subscribers: Pick<RunEventsSubscriber, 'stop'>[] = [];
  const received: ReceivedEvent<'run.close.rejected'>[] = [];
  const undecodable: UndecodableRecord[] = [];
  const retries: Retry[] = [];

  const withAdmin = async (work: (admin: Admin) => Promise<unknown>): Promise<void> => {
    const admin = topics.client.admin();
    await admin.connect();
    await work(admin).finally(() => admin.disconnect());
  };

  /** By partition of the rejections; -1: nothing. */
  const committed = async (): Promise<readonly number[]> => {
    let offsets: readonly number[] = [];
    await withAdmin(async (admin) => {
      const [topic] = await admin.fetchOffsets({
        groupId: topics.groupId,
        topics: [topics.names.rejected],
      });
      offsets = topic?.partitions.map(({ offset }) => Number(offset)) ?? [];
    });
    return offsets;
  };

  const value = (eventId: string): Buffer => frame(schemaId, encode(rejection(eventId)));

  const publishIn = (channelId: string, ...eventIds: string[]): Promise<unknown> =>
    publisher.publish(
      topics.names.rejected,
      eventIds.map((id) => ({
        key: Buffer.from(channelId),
        value: value(id),
        headers: [['causation-id', `command-of-${id}`]],
      })),
    );

  const ids = (): readonly string[] => received.map(({ event }) => event.eventId);

  const settings = (more: Partial<RunEventsSubscriberSettings>): RunEventsSubscriberSettings => ({
    kafka: topics.kafka,
    registry: topics.registry,
    topicPrefix,
    groupId: topics.groupId,
    handlers: {
      'run.close.rejected': (event) => {
        received.push(event);
      },
    },
    onUndecodable: (record) => {
      undecodable.push(record);
    },
    onRetry: (retry) => {
      retries.push(retry);
    },
    ...more,
  });

  const keep: SubscriberWorld['keep'] = (subscriber) => {
    subscribers.push(subscriber);
    return subscriber;
  };

  const subscribe = (more: Partial<RunEventsSubscriberSettings> = {}): RunEventsSubscriber =>
    keep(createRunEventsSubscriber(settings(more)));

  return {
    topics,
    publisher,
    received,
    undecodable,
    retries,
    ids,
    settings,
    subscribe,
    keep,
    failureOfRunning: (more) =>
      subscribe(more)
        .run()
        .then(() => expect.fail('it runs'), failureOf),
    value,
    publish: (...eventIds) => publishIn('C1', ...eventIds),
    publishIn,
    publishClosed: async (...keys) => {
      const id = await idOf('run.closed');
      const { type } = schemas['run.closed'];
      const body = createRecordEncoder<RunClosed>(type)(type.random() as never);
      await publisher.publish(
        topics.names.closed,
        keys.map((key) => ({ key: Buffer.from(key), value: frame(id, body), headers: [] })),
      );
    },
    addPartition: async (topic) => {
      await withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }));
      const producer = topics.client.producer();
      await producer.connect();
      await producer.send({ topic, messages: [{ key: 'C1', value: value('in a new one'), partition: 2 }] });
      await producer.disconnect();
    },
    admin: withAdmin,
    untilStartsAreCommitted: () =>
      until('the starts are committed', async () => (await committed()).every((offset) => offset >= 0)),
    untilRunning: async () => {
      await publishIn('C1', 'running');
      await until('it runs', () => ids().includes('running'));
    },
    close: async () => {
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
      await publisher.close();
      await topics.remove();
    },
  };
};
