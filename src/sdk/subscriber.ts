/**
 * Subscribes to the outcomes of commands, as a member of a consumer group. Delivers committed events only, at least once, in order for each
 * channel and topic. After a crash or a rebalance, the last events are delivered again, with the same `eventId`. A partition waits until
 * the handler of its event has resolved; other partitions do not wait. During outages of Kafka and the registry, the subscriber waits.
 * Members of one group may handle different types of events: each type is shared among the members that handle it.
 */
import { createRecordDecoders } from '../avro/record-decoders.ts';
import type { RegistrySettings } from '../avro/registry-login.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { EVENT_TYPES, type EventType } from '../wire/event-types.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { createKafka, type KafkaSettings } from '../kafka/client/client.ts';
import { readAsGroupMember } from '../kafka/consume/group-reader.ts';
import { createGroupStarts } from '../kafka/consume/group-starts.ts';
import type { Gap } from '../kafka/consume/partition-lanes.ts';
import { topicNames, topicOfEvent } from '../kafka/names/topic-names.ts';
import { failureOf, Failure, passesInTime } from '../processor/failure.ts';
import { createPacer } from '../resilience/pacer.ts';
import { createEventDelivery, type DeliverEvents } from './event-delivery.ts';
import { createHandlerSlots } from './handler-slots.ts';
import type { ReceivedEvent, UndecodableRecord } from './received-event.ts';
import { createReports, type Retry } from './reports.ts';
import { expectSubscriberSettings } from './settings-check.ts';
import { processWarnings, type WarningLogger } from './warnings.ts';

export type EventHandler<T extends EventType> = (received: ReceivedEvent<T>) => Promise<void> | void;

/** The subscriber reads only the topics of events that have a handler. */
export type EventHandlers = { readonly [T in EventType]?: EventHandler<T> };

export type RunEventsSubscriberSettings = {
  readonly kafka: KafkaSettings;
  readonly registry: RegistrySettings;
  /** Includes the separator: `staging.` */
  readonly topicPrefix?: string;
  readonly groupId: string;
  readonly handlers: EventHandlers;
  /** Called with a record that is not a RunClose event. When the handler resolves, the subscriber skips the record. */
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void> | void;
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
  /** Gets warnings, including those of the Kafka client. Default: Node's process warnings. */
  readonly logger?: WarningLogger;
};

export interface RunEventsSubscriber {
  /**
   * Call this once. Resolves after `stop`. Rejects with a `Failure` if the subscriber cannot join the group within the first 30 seconds, or
   * after a failure that a retry cannot fix.
   */
  run(): Promise<void>;
  /** Lets handlers finish, commits, and leaves the group. Do not await this inside a handler: it waits for that handler. Never rejects. */
  stop(): Promise<void>;
}

/** By default, `serve` waits as long for its servers. */
const STARTING_MS = 30_000;
/** No retry starts if less than this is left of the starting time. */
const ONE_TRY_MS = 5_000;

/** The subscriber connects when `run` is called. Throws `WRONG_USE`, which names every setting that cannot work. */
export const createRunEventsSubscriber = (settings: RunEventsSubscriberSettings): RunEventsSubscriber => {
  expectSubscriberSettings(settings);
  const { kafka, groupId, from = 'earliest', onRetry, onGap, logger = processWarnings } = settings;
  const stop = new AbortController();
  const stopping = stop.signal;
  const pacer = createPacer(stopping);
  const deliveries = deliveriesOf(settings);
  const client = createKafka(kafka, {
    debug: () => undefined,
    warn: (facts, text) => logger.warn(facts, text),
  });
  const reports = createReports({ logger, groupId, onRetry, onGap });
  let running = Promise.resolve();
  let isRunning = false;

  const run = async (): Promise<void> => {
    const starts = createGroupStarts({ client, groupId, from });
    const deadline = Date.now() + STARTING_MS;
    const tries = { hasJoined: false, inVain: 0 };
    const onJoined = (): void => {
      tries.hasJoined = true;
      tries.inVain = 0;
    };
    try {
      while (!stopping.aborted) {
        try {
          await readAsGroupMember({
            client,
            groupId,
            topics: [...deliveries.keys()],
            starts,
            handler: {
              deliver: async (records, progress) =>
                (await deliveries.get(records[0]?.topic ?? '')?.(records, progress)) ?? { kind: 'done' },
              gap: (gap) => reports.gap(gap),
              waits: (failure, failed, at) => {
                reports.retry({ failure, attempt: failed, waiting: at });
              },
            },
            pacer,
            stopping,
            onJoined,
          });
        } catch (error) {
          const failure = failureOf(error);
          const mayHeal =
            failure.kind !== 'fatal' ||
            (tries.hasJoined && (passesInTime(failure) || failure.code === 'KAFKA_TOPIC_MISSING'));
          if (!mayHeal || (!tries.hasJoined && Date.now() + ONE_TRY_MS > deadline)) throw failure;
          tries.inVain++;
          reports.retry({ failure, attempt: tries.inVain, waiting: null });
          await pacer.beforeRetry(tries.inVain);
        }
      }
    } finally {
      await starts.close();
    }
  };

  return {
    run: () => {
      if (isRunning)
        return Promise.reject(
          new Failure('fatal', 'WRONG_USE', 'this subscriber runs already: create another one'),
        );
      isRunning = true;
      return (running = run());
    },
    stop: async () => {
      stop.abort();
      await running.catch(() => undefined);
    },
  };
};

const deliveriesOf = (settings: RunEventsSubscriberSettings): ReadonlyMap<string, DeliverEvents> => {
  const { topicPrefix = '', groupId, handlers, onUndecodable, partitionsAtOnce = 16 } = settings;
  const schemas = loadSchemas();
  const registry = createSchemaRegistry(settings.registry);
  const topics = EVENT_TYPES.filter((type) => handlers[type] !== undefined);
  const ownSchemas = createSchemaIds({ registry, schemas, topicPrefix, topics });
  const decoders = createRecordDecoders({ registry, schemas, ownSchemas });
  const names = topicNames(topicPrefix);
  const slots = createHandlerSlots(partitionsAtOnce);

  const deliveryOf = <T extends EventType>(
    type: T,
    handle: EventHandler<T> | undefined,
  ): [string, DeliverEvents][] => {
    if (handle === undefined) return [];
    const decode = decoders[type];
    const deliver = createEventDelivery<T>({ type, groupId, decode, handle, onUndecodable, slots });
    return [[topicOfEvent(names, type), deliver]];
  };
  return new Map([
    ...deliveryOf('run.closed', handlers['run.closed']),
    ...deliveryOf('run.summary', handlers['run.summary']),
    ...deliveryOf('run.close.rejected', handlers['run.close.rejected']),
  ]);
};
