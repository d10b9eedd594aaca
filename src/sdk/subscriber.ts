/**
 * Subscribes to what became of commands, as a member of a consumer group: committed events only, per channel and topic in order,
 * at least once. After a crash or a rebalance the last events come again; `eventId` tells. An event is done with when its handler
 * has resolved; until then its partition waits, and no other. It waits during outages of Kafka and the registry. Members of one group may
 * handle different types of events: each type is shared among the members that handle it.
 */
import { createRecordDecoders } from '../avro/record-decoders.ts';
import type { RegistrySettings } from '../avro/registry-login.ts';
import { loadSchemas } from '../avro/schema-files.ts';
import { EVENT_TYPES, type EventType } from '../wire/event-types.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { readAsGroupMember } from '../kafka/group-reader.ts';
import { createGroupStarts } from '../kafka/group-starts.ts';
import type { Gap } from '../kafka/partition-lanes.ts';
import { topicNames, topicOfEvent } from '../kafka/topic-names.ts';
import { failureOf, Failure, passesInTime } from '../processor/failure.ts';
import { createPacer } from '../resilience/pacer.ts';
import { createEventDelivery, type DeliverEvents } from './event-delivery.ts';
import { createHandlerSlots } from './handler-slots.ts';
import type { ReceivedEvent, UndecodableRecord } from './received-event.ts';
import { createReports, type Retry } from './reports.ts';
import { expectSubscriberSettings } from './settings-check.ts';
import { processWarnings, type WarningLogger } from './warnings.ts';

export type EventHandler<T extends EventType> = (received: ReceivedEvent<T>) => Promise<void> | void;

/** Only the topics of events with a handler are subscribed to. */
export type EventHandlers = { readonly [T in EventType]?: EventHandler<T> };

export type RunEventsSubscriberSettings = {
  readonly kafka: KafkaSettings;
  readonly registry: RegistrySettings;
  /** With its own separator: `staging.` */
  readonly topicPrefix?: string;
  readonly groupId: string;
  readonly handlers: EventHandlers;
  /** A record that is none of our events. Once this has resolved, it is passed over. */
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void> | void;
  /** Default: a warning for attempt 1, 2, 4, 8 and so on. */
  readonly onRetry?: (retry: Retry) => void;
  /** Told of events that Kafka deleted before the group handled them. When this resolves, the group goes on after the gap. Default: a warning. */
  readonly onGap?: (gap: Gap) => Promise<void> | void;
  /**
   * Where to begin in a topic that the group has never read. Afterwards the group goes on where it stopped, and reads partitions that are
   * added later from their first event. Default: `earliest`.
   */
  readonly from?: 'earliest' | 'latest';
  /** How many handlers run side by side; the events of one partition never are. Default: 16. */
  readonly partitionsAtOnce?: number;
  /** Gets warnings, including those of the Kafka client. Default: Node's process warnings. */
  readonly logger?: WarningLogger;
};

export interface RunEventsSubscriber {
  /**
   * Call it once. Resolves after `stop`. Rejects with a `Failure` if it cannot join within the first 30 seconds, or if it can never go on.
   */
  run(): Promise<void>;
  /** Lets handlers finish, commits, and leaves the group. Not to be awaited inside a handler. Never rejects. */
  stop(): Promise<void>;
}

/** As long as `serve` waits for its servers. */
const STARTING_MS = 30_000;
/** No other try begins so shortly before the end of that time. */
const ONE_TRY_MS = 5_000;

/** Connects when it runs. Throws `WRONG_USE`, which names every setting that cannot work. */
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
  const { topicPrefix = '', handlers, onUndecodable, partitionsAtOnce = 16 } = settings;
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
    const deliver = createEventDelivery<T>({ type, decode, handle, onUndecodable, slots });
    return [[topicOfEvent(names, type), deliver]];
  };
  return new Map([
    ...deliveryOf('run.closed', handlers['run.closed']),
    ...deliveryOf('run.summary', handlers['run.summary']),
    ...deliveryOf('run.close.rejected', handlers['run.close.rejected']),
  ]);
};
