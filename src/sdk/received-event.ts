import type { LogRecord } from '../kafka/log-record.ts';
import type { EventOf, EventType } from '../wire/event-types.ts';
import type { Poison } from '../processor/ports/record-codec.ts';

/** An event, and where it stands. It may be received again: then with the same `event.eventId`. */
export type ReceivedEvent<T extends EventType = EventType> = {
  readonly type: T;
  readonly event: EventOf[T];
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The channel; of a rejected command whatever key its record had. */
  readonly key: string | null;
  /** The processor's clock, in milliseconds. */
  readonly timestamp: number;
  /** CloudEvents' `ce_*`, `correlation-id`, `causation-id`, `traceparent` and `source-offset`, where present. */
  readonly headers: ReadonlyMap<string, string>;
};

/** A record of an event topic that is none of our events, byte for byte. */
export type UndecodableRecord = LogRecord & { readonly poison: Poison };

export const receivedEvent = <T extends EventType>(
  type: T,
  event: EventOf[T],
  { topic, partition, offset, key, timestamp, headers }: LogRecord,
): ReceivedEvent<T> => ({
  type,
  event,
  topic,
  partition,
  offset,
  key: key === null ? null : key.toString(),
  timestamp,
  headers: new Map(headers.flatMap(([name, value]) => (value === null ? [] : [[name, value.toString()]]))),
});
