/**
 * Subscribes to what became of commands, as a member of a consumer group: committed events only, per channel and topic in order,
 * at least once. After a crash or a rebalance the last events come again; `eventId` tells. An event is done with when its handler
 * has resolved; until then its partition waits. Outages of Kafka and the registry are waited for, and told to `onRetry`.
 */
import { createRecordDecoders } from '../avro/record-decoders.ts';
import type { RegistrySettings } from '../avro/registry-http.ts';
import { EVENT_TOPICS, loadSchemas } from '../avro/schema-files.ts';
import { createSchemaIds } from '../avro/schema-ids.ts';
import { createSchemaRegistry } from '../avro/schema-registry.ts';
import { createKafka } from '../kafka/client.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { topicNames, topicOfEvent } from '../kafka/topic-names.ts';
import { Failure, failureOf, passesInTime } from '../processor/failure.ts';
import type { EventType, Pacer } from '../processor/ports.ts';
import { createPacer } from '../resilience/pacer.ts';
import { createEventDelivery } from './event-delivery.ts';
import type { DeliverEvents, Retry } from './event-delivery.ts';
import { beGroupMember } from './group-member.ts';
import type { ReceivedEvent, UndecodableRecord } from './received-event.ts';

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
  readonly onRetry?: (retry: Retry) => void;
  /** Where a group begins that has no offsets yet. Default: `earliest`. */
  readonly from?: 'earliest' | 'latest';
  /** How many are handled side by side; the events of one partition never are. Default: 16. */
  readonly partitionsAtOnce?: number;
};

export interface RunEventsSubscriber {
  /** Call it once. Resolves after `stop`; rejects with a `Failure` when it cannot join at first, or can never go on. */
  run(): Promise<void>;
  /** Lets handlers finish, commits, and leaves the group. Not to be awaited inside a handler. Never rejects. */
  stop(): Promise<void>;
}

export const createRunEventsSubscriber = (settings: RunEventsSubscriberSettings): RunEventsSubscriber => {
  const { kafka, groupId, from = 'earliest', partitionsAtOnce = 16, onRetry = () => undefined } = settings;
  const stop = new AbortController();
  const stopping = stop.signal;
  const pacer = createPacer(stopping);
  const deliveries = deliveriesOf({ ...settings, onRetry }, pacer);
  const client = createKafka(kafka);
  let running = Promise.resolve();

  const run = async (): Promise<void> => {
    let attempt: number | undefined;
    const onJoined = (): void => {
      attempt = 0;
    };
    while (!stopping.aborted) {
      try {
        await beGroupMember({ client, groupId, deliveries, from, partitionsAtOnce, stopping, onJoined });
      } catch (error) {
        const failure = failureOf(error);
        if (attempt === undefined || (failure.kind === 'fatal' && !passesInTime(failure))) throw failure;
        onRetry({ failure, attempt: ++attempt, waiting: null });
        await pacer.beforeRetry(attempt);
      }
    }
  };

  return {
    run: () => (running = run()),
    stop: async () => {
      stop.abort();
      await running.catch(() => undefined);
    },
  };
};

const deliveriesOf = (
  settings: RunEventsSubscriberSettings & { readonly onRetry: (retry: Retry) => void },
  pacer: Pacer,
): ReadonlyMap<string, DeliverEvents> => {
  const { topicPrefix = '', handlers, onUndecodable, onRetry } = settings;
  const schemas = loadSchemas();
  const registry = createSchemaRegistry(settings.registry);
  const topics = EVENT_TOPICS.filter((type) => handlers[type] !== undefined);
  const ownSchemas = createSchemaIds({ registry, schemas, topicPrefix, topics });
  const decoders = createRecordDecoders({ registry, schemas, ownSchemas });
  const names = topicNames(topicPrefix);

  const deliveryOf = <T extends EventType>(
    type: T,
    handle: EventHandler<T> | undefined,
  ): [string, DeliverEvents][] => {
    if (handle === undefined) return [];
    const decode = decoders[type];
    return [
      [
        topicOfEvent(names, type),
        createEventDelivery<T>({ type, decode, handle, onUndecodable, onRetry, pacer }),
      ],
    ];
  };
  const deliveries = new Map([
    ...deliveryOf('run.closed', handlers['run.closed']),
    ...deliveryOf('run.summary', handlers['run.summary']),
    ...deliveryOf('run.close.rejected', handlers['run.close.rejected']),
  ]);
  if (deliveries.size === 0) throw new Failure('fatal', 'WRONG_USE', 'a subscriber needs a handler at least');
  return deliveries;
};
