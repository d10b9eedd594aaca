import type { PolicySettings } from '../domain/channel-policy.ts';
import { createRecordCodec } from '../avro/record-codec.ts';
import { createRecordDecoders } from '../avro/record-decoders.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { topicNames, topicOfEvent } from '../kafka/names/topic-names.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
import { partitionsOf } from '../kafka/topics/partition-offsets.ts';
import type { CommandInput } from '../sdk/command-input.ts';
import { isPlainObject } from '../sdk/plain-object.ts';
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
import { expectPublisherSettings, expectSubscriberSettings } from '../sdk/settings-check.ts';
import { EVENT_TYPES, type EventOf, type EventType } from '../wire/event-types.ts';
import { HEADER_LENGTH } from '../wire/frame.ts';
import { REPLAY_HEADER } from '../wire/headers.ts';
import {
  expectChannel,
  expectCommandChanges,
  expectCount,
  expectEventType,
  expectKitOptions,
  expectRecord,
  expectServer,
  expectTime,
  expectTopic,
} from './argument-checks.ts';
import { createActivity } from './activity.ts';
import { createMemoryGroups } from './memory-groups.ts';
import { createMemoryLog } from './memory-log.ts';
import { createMemoryOutcomes } from './memory-outcomes.ts';
import { createMemoryPacer } from './memory-pacer.ts';
import { createMemoryProcessor } from './memory-processor.ts';
import { createMemoryRegistry } from './memory-registry.ts';
import { createMemoryServers, type Server } from './memory-servers.ts';
import type { PastRun } from './past-runs.ts';
import { createTestClock } from './test-clock.ts';

type Servers = 'kafka' | 'registry' | 'topicPrefix';
/** The settings of the real one. The addresses of servers and the prefix may be left out. If given, they are checked and have no effect. */
type WithoutServers<T> = Omit<T, Servers> & { readonly [S in Servers & keyof T]?: T[S] };

export type TestRunCloseOptions = {
  /** Partitions of every topic. Default: 6. */
  readonly partitions?: number;
  /** What the clock says at the start. Default: 2026-01-05T08:00:00Z. */
  readonly now?: Date;
};

/** RunClose in the memory of a test: publishers, subscribers and the real decisions, without servers, waiting or chance. */
export type TestRunClose = {
  /**
   * Changes the policy of a channel, and puts past runs into its ledger, the oldest first. Past runs have no events. Throws `WRONG_USE` for
   * values that RunClose would not accept.
   */
  given(channel: {
    readonly channelId: string;
    readonly policy?: Partial<PolicySettings>;
    readonly pastRuns?: readonly PastRun[];
  }): void;
  /** The same as `createRunClosePublisher`. */
  publisher(settings?: WithoutServers<RunClosePublisherSettings>): RunClosePublisher;
  /** The same as `createRunEventsSubscriber`. */
  subscriber<Context = undefined>(
    settings: WithoutServers<RunEventsSubscriberSettings<Context>>,
  ): RunEventsSubscriber;
  /** A valid command to close a run. Each member orders once, and the first one asks. */
  command(more?: Partial<CommandInput> & { readonly members?: readonly string[] }): CommandInput;
  /**
   * Resolves when nothing more can happen without the test: every command is decided and every event is handled, unless a server is away.
   * Rejects if a handler has failed 100 times in a row; the next call tries again.
   */
  settled(): Promise<void>;
  /** The events so far, in the order of each channel. */
  events<T extends EventType>(type: T): readonly EventOf[T][];
  /** The records of any topic: of dead letters (`run.close.requested.dlq`), or of parked events. */
  records(topic: string): readonly LogRecord[];
  /** Resolves when `count` calls of `closeAndWait`, or more, wait for the outcome of a published command. Default: 1. */
  waiting(count?: number): Promise<void>;
  /** Writes any bytes into a topic: in `run.close.requested` they become a dead letter. */
  put(topic: string, record: TestRecord): void;
  /** The next command becomes a dead letter, as if the registry did not know its schema. */
  deadLetterNext(): void;
  away(server: Server): void;
  back(server: Server): void;
  /** Moves the clock on, so that `closeAndWait` times out, and `stop` no longer waits for a handler that does not answer. */
  pass(milliseconds: number): void;
  /** Handlers in flight lose their partitions, and their events are delivered again. */
  rebalance(): void;
  /** Every event is delivered again. */
  redeliver(): void;
  /** Writes every event again, as `runclose replay emit` does: with the header `runclose-replay`. */
  replay(): void;
  /** Deletes the records of a topic, as Kafka's retention does. */
  expire(topic: string): void;
};

export type TestRecord = {
  readonly key: string;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

const START = new Date('2026-01-05T08:00:00Z');
const NO_SERVERS = {
  kafka: { brokers: ['memory:1'], clientId: 'test' },
  registry: { url: 'http://memory' },
  topicPrefix: '',
};

export const createTestRunClose = (options: TestRunCloseOptions = {}): TestRunClose => {
  expectKitOptions(options);
  const { partitions = 6, now = START } = options;
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
  const groups = createMemoryGroups({ log, servers, activity, clock });

  const records = (topic: string): readonly LogRecord[] =>
    partitionsOf(topic, partitions).flatMap((at) => log.records(at));

  return {
    given: (channel) => {
      expectChannel(channel);
      const { channelId, policy = {}, pastRuns = [] } = channel;
      processor.prepare(channelId, policy, pastRuns);
    },
    publisher: (settings = {}) => {
      expectPublisherSettings(withServers(settings));
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
    subscriber: (settings) => {
      expectSubscriberSettings(withServers(settings));
      return createSubscriberFor({ ...settings, ...NO_SERVERS }, ({ groupId, from }) => ({
        registry,
        readAsMember: (reading) => groups.read(groupId, from, reading),
        publisher: () => log.publisher(),
        pacer: (stopping) => createMemoryPacer(servers, clock, stopping),
        now: clock.now,
        close: async () => undefined,
      }));
    },
    command: (changes = {}) => {
      expectCommandChanges(changes);
      const { members = ['ana', 'ben'], ...more } = changes;
      return {
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
      };
    },
    settled: async () => {
      groups.retry();
      await activity.idle();
      const [failure] = groups.held();
      if (failure !== undefined) throw failure;
    },
    waiting: async (count = 1) => {
      expectCount(count);
      await processor.awaited(count);
    },
    events: <T extends EventType>(type: T) => {
      expectEventType(type);
      return records(topicOfEvent(names, type)).flatMap(({ value }) => {
        if (value === null || value[0] !== 0) return [];
        return [schemas[type].type.fromBuffer(value.subarray(HEADER_LENGTH)) as EventOf[T]];
      });
    },
    records: (topic) => {
      expectTopic(topic);
      return records(topic);
    },
    put: (topic, record) => {
      expectRecord(topic, record);
      const { key, value, headers = {} } = record;
      log.appendByKey(topic, { key: Buffer.from(key), value, headers: Object.entries(headers) });
    },
    deadLetterNext: () => {
      processor.deadLetterNext();
    },
    away: (server) => {
      expectServer(server);
      servers.take(server);
    },
    back: (server) => {
      expectServer(server);
      servers.bringBack(server);
    },
    pass: (milliseconds) => {
      expectTime(milliseconds);
      clock.pass(milliseconds);
    },
    rebalance: () => {
      groups.rebalance();
    },
    redeliver: () => {
      groups.redeliver();
    },
    replay: () => {
      for (const { key, value, headers, ...at } of EVENT_TYPES.flatMap((type) =>
        records(topicOfEvent(names, type)),
      ))
        log.append(at, { key, value, headers: [...headers, [REPLAY_HEADER, Buffer.from('test')]] });
    },
    expire: (topic) => {
      expectTopic(topic);
      log.deleteRecords(topic);
    },
  };
};

/** What is no object is refused as the real settings are. */
const withServers = (settings: unknown): unknown =>
  isPlainObject(settings) ? { ...NO_SERVERS, ...settings } : settings;
