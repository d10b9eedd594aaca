import { createRecordCodec } from '../avro/record-codec.ts';
import { createRecordDecoders } from '../avro/record-decoders.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../domain/channel-policy.ts';
import { topicNames, topicOfEvent } from '../kafka/names/topic-names.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
import { partitionsOf } from '../kafka/topics/partition-offsets.ts';
import type { CommandInput } from '../sdk/command-input.ts';
import {
  createPublisherFor,
  type RunClosePublisher,
  type RunClosePublisherSettings,
} from '../sdk/publisher.ts';
import {
  createSubscriberFor,
  type RunEventsSubscriber,
  type RunEventsSubscriberSettings,
} from '../sdk/subscriber.ts';
import type { EventOf, EventType } from '../wire/event-types.ts';
import { HEADER_LENGTH } from '../wire/frame.ts';
import { createActivity } from './activity.ts';
import { createMemoryGroups } from './memory-groups.ts';
import { createMemoryLog } from './memory-log.ts';
import { createMemoryOutcomes } from './memory-outcomes.ts';
import { createMemoryProcessor } from './memory-processor.ts';
import { createMemoryRegistry } from './memory-registry.ts';
import { createMemoryServers, type Server } from './memory-servers.ts';
import { createTestClock } from './test-clock.ts';

type Servers = 'kafka' | 'registry' | 'topicPrefix';
/** The settings of the real one. The addresses of servers may be left out, and have no effect. */
type WithoutServers<T> = Omit<T, Servers> & { readonly [S in Servers & keyof T]?: T[S] };

export type TestRunCloseOptions = {
  /** Partitions of every topic. Default: 6. */
  readonly partitions?: number;
  /** What the clock says at the start. Default: 2026-01-05T08:00:00Z. */
  readonly now?: Date;
};

/** RunClose in the memory of a test: publishers, subscribers and the real decisions, without servers, waiting or chance. */
export type TestRunClose = {
  /** Sets the policy of a channel. */
  given(channel: { readonly channelId: string; readonly policy: Partial<ChannelPolicy> }): void;
  /** The same as `createRunClosePublisher`. */
  publisher(settings?: WithoutServers<RunClosePublisherSettings>): RunClosePublisher;
  /** The same as `createRunEventsSubscriber`. */
  subscriber<Context = undefined>(
    settings: WithoutServers<RunEventsSubscriberSettings<Context>>,
  ): RunEventsSubscriber;
  /** A valid command to close a run. Each member orders once, and the first one asks. */
  command(more: Partial<CommandInput> & { readonly members?: readonly string[] }): CommandInput;
  /**
   * Resolves when nothing more can happen without the test: every command is decided and every event is handled, unless a server is away.
   * Rejects if a handler has failed 100 times in a row; the next call tries again.
   */
  settled(): Promise<void>;
  /** The events so far, in the order of each channel. */
  events<T extends EventType>(type: T): readonly EventOf[T][];
  /** The records of any topic: of dead letters (`run.close.requested.dlq`), or of parked events. */
  records(topic: string): readonly LogRecord[];
  /** Writes any bytes into a topic: in `run.close.requested` they become a dead letter. */
  put(topic: string, record: { readonly key: string; readonly value: Buffer }): void;
  /** The next command becomes a dead letter, as if the registry did not know its schema. */
  deadLetterNext(): void;
  away(server: Server): void;
  back(server: Server): void;
  /** Moves the clock on, so that `closeAndWait` times out. */
  pass(milliseconds: number): void;
  /** Handlers in flight lose their partitions, and their events are delivered again. */
  rebalance(): void;
  /** Every event is delivered again. */
  redeliver(): void;
};

const START = new Date('2026-01-05T08:00:00Z');
const NO_SERVERS = {
  kafka: { brokers: ['memory:1'], clientId: 'test' },
  registry: { url: 'http://memory' },
  topicPrefix: '',
};

export const createTestRunClose = ({
  partitions = 6,
  now = START,
}: TestRunCloseOptions = {}): TestRunClose => {
  const schemas = loadSchemas();
  const names = topicNames();
  const clock = createTestClock(now.getTime());
  const activity = createActivity();
  const servers = createMemoryServers();
  const log = createMemoryLog(partitions, servers, clock);
  const registry = createMemoryRegistry(schemas, servers);
  const topics = ['run.close.requested', 'run.closed', 'run.summary', 'run.close.rejected'] as const;
  const schemaIds = createSchemaIds({ registry, schemas, topicPrefix: '', topics });
  const codec = createRecordCodec({ schemas, registry, schemaIds, topicPrefix: '' });
  const processor = createMemoryProcessor({ log, names, codec, servers, activity });
  const decoders = createRecordDecoders({ registry, schemas, ownSchemas: schemaIds });
  const groups = createMemoryGroups(log, servers, activity);

  const records = (topic: string): readonly LogRecord[] =>
    partitionsOf(topic, partitions).flatMap((at) => log.records(at));

  return {
    given: ({ channelId, policy }) => {
      const before = processor.policies.get(channelId) ?? DEFAULT_CHANNEL_POLICY;
      processor.policies.set(channelId, { ...before, ...policy, version: before.version + 1 });
    },
    publisher: (settings = {}) => {
      const publisher = createPublisherFor({ ...settings, ...NO_SERVERS }, () => ({
        registry,
        publisher: log.publisher(),
        outcomes: createMemoryOutcomes({ log, names, decoders, processor }),
        clock,
      }));
      return {
        ...publisher,
        publish: (...given) => activity.during(() => publisher.publish(...given)),
        closeAndWait: (...given) => activity.during(() => publisher.closeAndWait(...given)),
      };
    },
    subscriber: (settings) =>
      createSubscriberFor({ ...settings, ...NO_SERVERS }, ({ groupId, from }) => ({
        registry,
        readAsMember: (reading) => groups.read(groupId, from, reading),
        publisher: () => log.publisher(),
        pacer: () => ({ beforeRetry: async () => undefined }),
        close: async () => undefined,
      })),
    command: ({ members = ['ana', 'ben'], ...more }) => ({
      runId: clock.newId(),
      channelId: 'coffee',
      initiatorUserId: members[0] ?? 'ana',
      actorUserId: members[0] ?? 'ana',
      orders: members.map((userId) => ({
        orderId: userId,
        userId,
        displayName: userId,
        text: 'coffee',
        submittedAt: clock.now(),
      })),
      ...more,
    }),
    settled: async () => {
      groups.retry();
      await activity.idle();
      const [failure] = groups.held();
      if (failure !== undefined) throw failure;
    },
    events: <T extends EventType>(type: T) =>
      records(topicOfEvent(names, type)).flatMap(({ value }) => {
        if (value === null || value[0] !== 0) return [];
        return [schemas[type].type.fromBuffer(value.subarray(HEADER_LENGTH)) as EventOf[T]];
      }),
    records,
    put: (topic, { key, value }) => {
      void activity.during(() =>
        log.publisher().publish(topic, [{ key: Buffer.from(key), value, headers: [] }]),
      );
    },
    deadLetterNext: () => {
      processor.deadLetterNext();
    },
    away: (server) => {
      servers.take(server);
    },
    back: (server) => {
      servers.bringBack(server);
    },
    pass: (milliseconds) => {
      clock.pass(milliseconds);
    },
    rebalance: () => {
      groups.rebalance();
    },
    redeliver: () => {
      groups.redeliver();
    },
  };
};
