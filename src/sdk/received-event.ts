import type { LogRecord } from '../kafka/records/log-record.ts';
import type { EventOf, EventType } from '../wire/event-types.ts';
import type { Poison } from '../processor/ports/record-codec.ts';

/** An event and its position in the log. If an event is received again, it has the same `event.eventId`. */
export type ReceivedEvent<T extends EventType = EventType> = {
  readonly type: T;
  readonly event: EventOf[T];
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The channel. A rejection has the key of its command's record, whatever that key was. */
  readonly key: string | null;
  /** The record's time by the processor's clock, in milliseconds since 1970. */
  readonly timestamp: number;
  /** CloudEvents' `ce_*`, `content-type` and RunClose's own, by name. docs/topics.md describes each. */
  readonly headers: ReadonlyMap<string, string>;
};

/** A record of an event topic that is not a RunClose event, byte for byte. */
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
