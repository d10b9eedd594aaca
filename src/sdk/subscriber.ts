/**
 * Subscribes to the outcomes of commands, as a member of a consumer group. Delivers committed events only, at least once, in order for each
 * channel and topic. After a crash or a rebalance, the last events are delivered again, with the same `eventId`. A partition waits until
 * the handler of its event has resolved; other partitions do not wait. During outages of Kafka and the registry, the subscriber waits.
 * Members of one group may handle different types of events: each type is shared among the members that handle it.
 */
import { count } from '../domain/words/count.ts';
import { createRecordDecoders } from '../avro/record-decoders.ts';
import type { RegistrySettings } from '../avro/registry-login.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { EVENT_TYPES, type EventType } from '../wire/event-types.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import type { SchemaRegistry } from '../avro/schema-registry.ts';
import type { KafkaSettings } from '../kafka/client/client.ts';
import type { GroupReaderDeps } from '../kafka/consume/group-reader.ts';
import { onAbort, unlessAborted } from '../kafka/client/on-abort.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
import type { Gap } from '../kafka/consume/partition-lanes.ts';
import type { Publisher } from '../kafka/produce/publisher.ts';
import { topicNames, topicOfEvent } from '../kafka/names/topic-names.ts';
import { failureOf, Failure, passesInTime, wrongUse } from '../processor/failure.ts';
import type { Pacer } from '../processor/ports/breakers.ts';
import {
  createEventDelivery,
  type DeliverEvents,
  type EventDeliveryDeps,
  type HandledRecord,
} from './event-delivery.ts';
import { createFailureCounts, type HandlerRetries } from './handler-retries.ts';
import { createHandlerSlots } from './handler-slots.ts';
import { createParking } from './parking.ts';
import type { ReceivedEvent, UndecodableRecord } from './received-event.ts';
import type { EventMemory } from './remember.ts';
import { createReports, type Retry } from './reports.ts';
import { expectSubscriberSettings } from './settings-check.ts';
import { processWarnings, type WarningLogger } from './warnings.ts';

export type EventHandler<T extends EventType, Context = undefined> = (
  received: ReceivedEvent<T>,
  /** What `remember` gives to handlers, for example the client of a transaction; without `remember`, undefined. */
  context: Context,
) => Promise<void> | void;

/** The subscriber reads only the topics of events that have a handler. */
export type EventHandlers<Context = undefined> = { readonly [T in EventType]?: EventHandler<T, Context> };

export type RunEventsSubscriberSettings<Context = undefined> = {
  readonly kafka: KafkaSettings;
  readonly registry: RegistrySettings;
  /** Includes the separator: `staging.` */
  readonly topicPrefix?: string;
  readonly groupId: string;
  readonly handlers: EventHandlers<Context>;
  /** Called with a record that is not a RunClose event. When the handler resolves, the subscriber skips the record. */
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void> | void;
  /** Remembers handled events, so that a repeated event is handled once. Default: handlers may get an event more than once. */
  readonly remember?: EventMemory<Context>;
  /** Whether to handle events that `replay emit` wrote again. Such an event has the same `eventId`. Default: `deliver`. */
  readonly replays?: 'deliver' | 'skip';
  /** What to do with an event whose handler keeps failing. Default: retry without end; only the partition of the event waits. */
  readonly retries?: HandlerRetries;
  /** Called before each retry. Default: a warning for attempt 1, 2, 4, 8 and so on. */
  readonly onRetry?: (retry: Retry) => void;
  /**
   * Called if Kafka deleted events that the group has not handled. When it resolves, reading continues after the gap. Default: a warning.
   */
  readonly onGap?: (gap: Gap) => Promise<void> | void;
  /**
   * Where to start in a topic that the group has never read. Afterwards the group resumes where it stopped, and reads partitions that are
   * added later from their first event. Default: `earliest`.
   */
  readonly from?: 'earliest' | 'latest';
  /** How many handlers run at the same time. Events of one partition are always handled one after another. Default: 16. */
  readonly partitionsAtOnce?: number;
  /** How long to wait for Kafka at the start, in milliseconds. Default: 30,000, as `serve` does. */
  readonly startTimeout?: number;
  /** How long `stop` waits for handlers, in milliseconds. Events of slower handlers are delivered again. Default: 30,000. */
  readonly stopTimeout?: number;
  /** Stops the subscriber, as `stop` does. */
  readonly signal?: AbortSignal;
  /** Gets warnings, including those of the Kafka client. Default: Node's process warnings. */
  readonly logger?: WarningLogger;
};

export interface RunEventsSubscriber extends AsyncDisposable {
  /**
   * Call this once. Resolves after `stop`. Rejects with a `Failure` if the subscriber cannot join the group in time, if a failure cannot be
   * fixed by a retry, or if a handler has failed as often as `retries` allows.
   */
  run(): Promise<void>;
  /**
   * Resolves when the subscriber has joined its group and every event that is emitted from then on will be handled. Rejects if the
   * subscriber ends before.
   */
  readonly ready: Promise<void>;
  /**
   * Lets handlers finish within the stop timeout, commits, and leaves the group. Logs each event whose handler has not finished. Do not
   * await this inside a handler: it waits for that handler. Never rejects.
   */
  stop(): Promise<void>;
}

const DEFAULT_START_TIMEOUT_MS = 30_000;
const DEFAULT_STOP_TIMEOUT_MS = 30_000;
/** How often the subscriber looks for handlers that do not answer. */
const LOOK_MS = 60_000;
/** No retry starts if less than this is left of the start timeout. */
const MIN_TRY_MS = 5_000;

/** One membership of the group. Settles when it has ended. */
export type GroupReading = Omit<GroupReaderDeps, 'client' | 'groupId' | 'starts'>;

/** The servers behind a subscriber. */
export type SubscriberServers = {
  readonly registry: SchemaRegistry;
  readAsMember(reading: GroupReading): Promise<void>;
  /** For the events that are parked. */
  publisher(): Publisher;
  pacer(stopping: AbortSignal): Pacer;
  /** Milliseconds since some moment. */
  now(): number;
  /** Never rejects. */
  close(): Promise<void>;
};

/** The settings with which a subscriber connects to its servers. */
export type SubscriberConnection = Required<
  Pick<RunEventsSubscriberSettings, 'kafka' | 'registry' | 'groupId' | 'from' | 'logger'>
>;

/**
 * A subscriber for any servers. Throws `WRONG_USE`, which names every setting that cannot work.
 * @param connect is called only with settings that can work
 */
export const createSubscriberFor = <Context = undefined>(
  settings: RunEventsSubscriberSettings<Context>,
  connect: (connection: SubscriberConnection) => SubscriberServers,
): RunEventsSubscriber => {
  expectSubscriberSettings(settings);
  const { kafka, groupId, from = 'earliest', onRetry, onGap, logger = processWarnings } = settings;
  const { startTimeout = DEFAULT_START_TIMEOUT_MS, stopTimeout = DEFAULT_STOP_TIMEOUT_MS } = settings;
  const { retries, signal } = settings;
  const stopping = new AbortController();
  const servers = connect({ kafka, registry: settings.registry, groupId, from, logger });
  const pacer = servers.pacer(stopping.signal);
  const reports = createReports({ logger, groupId, onRetry, onGap });
  const parking =
    retries?.then === 'park'
      ? createParking({ publisher: servers.publisher(), groupId, ...retries })
      : undefined;
  const inFlight = new Set<HandledRecord>();
  const readiness = createReadiness();
  let givenUp: Failure | undefined;
  let running = Promise.resolve();
  let isRunning = false;

  const giveUp = async (record: LogRecord, failure: Failure): Promise<'done' | 'left'> => {
    const attempts = retries?.attempts ?? 0;
    if (parking !== undefined) {
      await parking.park(record, failure);
      reports.parked(failure, attempts, retries?.then === 'park' ? retries.topic : '');
      return 'done';
    }
    const message = `${failure.message}; given up after ${count(attempts, 'attempt')}: the group resumes at this event`;
    givenUp ??= new Failure('fatal', 'HANDLER_FAILED', message, { cause: failure.cause });
    stopping.abort();
    return 'left';
  };
  const deliveries = deliveriesOf(settings, { registry: servers.registry, giveUp, inFlight });

  const join = (onJoined: () => void): Promise<void> =>
    servers.readAsMember({
      topics: [...deliveries.keys()],
      handler: {
        deliver: async (records, progress) =>
          (await deliveries.get(records[0]?.topic ?? '')?.(records, progress)) ?? { kind: 'done' },
        gap: (gap) => reports.gap(gap),
        waits: (failure, failed, at) => {
          reports.retry({ failure, attempt: failed, waiting: at });
        },
      },
      pacer,
      stopping: stopping.signal,
      stopWithinMs: stopTimeout,
      onJoined,
      onReady: readiness.reached,
    });

  const run = async (): Promise<void> => {
    const deadline = servers.now() + startTimeout;
    const tries = { hasJoined: false, inVain: 0 };
    const looking = setInterval(() => {
      reports.running([...inFlight]);
    }, LOOK_MS).unref();
    const onJoined = (): void => {
      tries.hasJoined = true;
      tries.inVain = 0;
    };
    try {
      while (!stopping.signal.aborted) {
        try {
          if (!tries.hasJoined) await unlessAborted(stopping.signal, Promise.resolve(parking?.expectTopic()));
          await join(onJoined);
        } catch (error) {
          const failure = failureOf(error);
          const mayHeal =
            failure.kind !== 'fatal' ||
            (tries.hasJoined && (passesInTime(failure) || failure.code === 'KAFKA_TOPIC_MISSING'));
          if (!mayHeal || (!tries.hasJoined && servers.now() + MIN_TRY_MS > deadline)) throw failure;
          tries.inVain++;
          reports.retry({ failure, attempt: tries.inVain, waiting: null });
          await pacer.beforeRetry(tries.inVain);
        }
      }
      reports.unfinished([...inFlight]);
      if (givenUp !== undefined) throw givenUp;
    } finally {
      clearInterval(looking);
      await Promise.all([servers.close(), parking?.close()]);
    }
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    readiness.missed(
      new Failure('fatal', 'SUBSCRIBER_STOPPED', 'the subscriber was stopped before it was ready'),
    );
    await running.catch(() => undefined);
  };
  onAbort(signal, () => void stop());

  return {
    run: () => {
      if (isRunning) return Promise.reject(wrongUse('this subscriber runs already: create another one'));
      isRunning = true;
      running = run();
      // A promise of the caller's own: if the caller does not handle its rejection, Node reports it.
      return running.catch((error: unknown) => {
        readiness.missed(failureOf(error));
        throw error;
      });
    },
    ready: readiness.ready,
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

/** A program that never uses `ready` must not end because `ready` rejects. */
const createReadiness = () => {
  let reached: () => void = () => undefined;
  let missed: (failure: Failure) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    reached = resolve;
    missed = reject;
  });
  ready.catch(() => undefined);
  return { ready, reached, missed };
};

type DeliveryDeps = Pick<EventDeliveryDeps<EventType, unknown>, 'giveUp' | 'inFlight'> & {
  readonly registry: SchemaRegistry;
};

const deliveriesOf = <Context>(
  settings: RunEventsSubscriberSettings<Context>,
  { registry, giveUp, inFlight }: DeliveryDeps,
): ReadonlyMap<string, DeliverEvents> => {
  const { topicPrefix = '', groupId, handlers, onUndecodable, partitionsAtOnce = 16 } = settings;
  const { remember: memory, replays = 'deliver', retries } = settings;
  const schemas = loadSchemas();
  const topics = EVENT_TYPES.filter((type) => handlers[type] !== undefined);
  const ownSchemas = createSchemaIds({ registry, schemas, topicPrefix, topics });
  const decoders = createRecordDecoders({ registry, schemas, ownSchemas });
  const names = topicNames(topicPrefix);
  const slots = createHandlerSlots(partitionsAtOnce);
  const counts = createFailureCounts(retries?.attempts);

  const deliveryOf = <T extends EventType>(
    type: T,
    handle: EventHandler<T, Context> | undefined,
  ): [string, DeliverEvents][] => {
    if (handle === undefined) return [];
    const decode = decoders[type];
    const common = { groupId, onUndecodable, slots, replays, memory, counts, giveUp, inFlight };
    return [
      [topicOfEvent(names, type), createEventDelivery<T, Context>({ type, decode, handle, ...common })],
    ];
  };
  return new Map([
    ...deliveryOf('run.closed', handlers['run.closed']),
    ...deliveryOf('run.summary', handlers['run.summary']),
    ...deliveryOf('run.close.rejected', handlers['run.close.rejected']),
  ]);
};
