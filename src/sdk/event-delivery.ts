/**
 * Hands the records of one partition to their handler, one after another. A handler that fails is called again, later each time,
 * and so is the registry when it is away: nothing is skipped, and nothing overtakes. Stops, with the rest undelivered, when the
 * partition is no longer ours.
 */
import type { RecordDecoder } from '../avro/record-decoder.ts';
import type { ReadResult } from '../avro/record-reader.ts';
import type { LogRecord, TopicPartition } from '../kafka/log-record.ts';
import { Failure } from '../processor/failure.ts';
import type { EventOf, EventType, Pacer } from '../processor/ports.ts';
import { receivedEvent } from './received-event.ts';
import type { ReceivedEvent, UndecodableRecord } from './received-event.ts';

/** Something failed, and will be tried again. */
export type Retry = {
  /** Kafka's, the registry's, or a transient `HANDLER_FAILED` around whatever a handler has thrown. */
  readonly failure: Failure;
  /** From 1. */
  readonly attempt: number;
  /** Which record waits; null: all of them. */
  readonly waiting: (TopicPartition & { readonly offset: number }) | null;
};

export type EventDeliveryDeps<T extends EventType> = {
  readonly type: T;
  readonly decode: RecordDecoder<EventOf[T]>;
  readonly handle: (received: ReceivedEvent<T>) => Promise<void> | void;
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void> | void;
  readonly onRetry: (retry: Retry) => void;
  readonly pacer: Pacer;
};

/** What the delivery asks of the consumer whose partition it is. */
export type Delivery = {
  /** False once the partition may be somebody else's, or the subscriber is stopping. */
  isCurrent(): boolean;
  /** Keeps the partition; rejects when the group rebalances. */
  heartbeat(): Promise<void>;
  /** The record is done with, and need not come again. */
  resolve(offset: number): Promise<void>;
};

export type DeliverEvents = (records: readonly LogRecord[], delivery: Delivery) => Promise<void>;

export const createEventDelivery = <T extends EventType>(deps: EventDeliveryDeps<T>): DeliverEvents => {
  const { type, decode, handle, onUndecodable, onRetry, pacer } = deps;

  /** False when the partition was lost before the work was done. */
  const untilDone = async (
    at: LogRecord,
    delivery: Delivery,
    work: () => Promise<void>,
  ): Promise<boolean> => {
    for (let attempt = 1; delivery.isCurrent(); attempt++) {
      try {
        await keepingAlive(delivery, work);
        return true;
      } catch (error) {
        const { topic, partition, offset } = at;
        onRetry({ failure: failureAt(error, type, at), attempt, waiting: { topic, partition, offset } });
        await pacer.beforeRetry(attempt);
        await delivery.heartbeat();
      }
    }
    return false;
  };

  const handOver = async (record: LogRecord, result: ReadResult<EventOf[T]>): Promise<void> => {
    if (result.kind === 'poison') await onUndecodable({ ...record, poison: result.poison });
    else await handle(receivedEvent(type, result.value, record));
  };

  return async (records, delivery) => {
    let results: readonly ReadResult<EventOf[T]>[] = [];
    const decodeAll = async (): Promise<void> => {
      results = await decode(records.map(({ value }) => value));
    };
    if (records[0] === undefined || !(await untilDone(records[0], delivery, decodeAll))) return;

    for (const [i, record] of records.entries()) {
      const result = results[i];
      if (result === undefined || !(await untilDone(record, delivery, () => handOver(record, result))))
        return;
      await delivery.resolve(record.offset);
      await delivery.heartbeat();
    }
  };
};

/** Well below the session's timeout. */
const HEARTBEAT_MS = 3_000;

/** What a handler has begun it may finish: a lost membership shows at the next heartbeat outside. */
const keepingAlive = async (delivery: Delivery, work: () => Promise<void>): Promise<void> => {
  const timer = setInterval(() => {
    delivery.heartbeat().catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
};

const failureAt = (error: unknown, type: EventType, { topic, partition, offset }: LogRecord): Failure => {
  if (error instanceof Failure) return error;
  const doing = `handling ${type} at ${topic}/${partition}/${offset}`;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('transient', 'HANDLER_FAILED', `${doing}: ${message}`, { cause: error });
};
