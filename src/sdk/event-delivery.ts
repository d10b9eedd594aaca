/**
 * Hands the records of one partition to their handler, one after another. Stops at the first record that fails, or if this member loses the
 * partition. The remaining records are then delivered again, so no record is skipped and none overtakes another. Never rejects.
 */
import type { RecordDecoder } from '../avro/record-decoder.ts';
import type { ReadResult } from '../avro/record-reader.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
import type { LaneHandler } from '../kafka/consume/partition-lanes.ts';
import { replayOf } from '../kafka/records/source-position.ts';
import { readablePosition } from '../wire/position.ts';
import { Failure } from '../processor/failure.ts';
import type { EventOf, EventType } from '../wire/event-types.ts';
import { traceHandling } from './application-tracing.ts';
import type { FailureCounts } from './handler-retries.ts';
import type { HandlerSlots } from './handler-slots.ts';
import { receivedEvent, type ReceivedEvent, type UndecodableRecord } from './received-event.ts';
import type { EventMemory } from './remember.ts';

export type EventDeliveryDeps<T extends EventType, Context> = {
  readonly type: T;
  readonly groupId: string;
  readonly decode: RecordDecoder<EventOf[T]>;
  readonly handle: (received: ReceivedEvent<T>, context: Context) => Promise<void> | void;
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void> | void;
  readonly slots: HandlerSlots;
  readonly replays: 'deliver' | 'skip';
  /** Without a memory, the context is undefined. */
  readonly memory: EventMemory<Context> | undefined;
  readonly counts: FailureCounts;
  /**
   * Called with a record whose handler has failed too often. `done`: the next record may be handled. `left`: the record is not done, and the
   * subscriber ends. If this rejects with a `Failure`, it is called again later.
   */
  readonly giveUp: (record: LogRecord, failure: Failure) => Promise<'done' | 'left'>;
  /** The records that are being handled. */
  readonly inFlight: Set<HandledRecord>;
};

/** For the report of a handler that does not answer. */
export type HandledRecord = { readonly what: string; readonly since: number };

export type DeliverEvents = LaneHandler['deliver'];

export const createEventDelivery = <T extends EventType, Context>(
  deps: EventDeliveryDeps<T, Context>,
): DeliverEvents => {
  const { type, groupId, decode, handle, onUndecodable, slots, replays, memory, counts, giveUp, inFlight } =
    deps;

  const handleOnce = async (received: ReceivedEvent<T>, onCalled: () => void): Promise<void> => {
    const call = async (context: Context): Promise<void> => {
      onCalled();
      await handle(received, context);
    };
    await (memory === undefined ? call(undefined as Context) : memory.once(received, call));
  };

  const handOver = async (
    record: LogRecord,
    result: ReadResult<EventOf[T]> | undefined,
    onCalled: () => void,
  ): Promise<void> => {
    if (result === undefined) throw new RangeError('it was not decoded');
    if (result.kind === 'value' && replays === 'skip' && replayOf(record.headers) !== null) return;
    await traceHandling(record, groupId, () => {
      if (result.kind === 'value') return handleOnce(receivedEvent(type, result.value, record), onCalled);
      onCalled();
      return onUndecodable({ ...record, poison: result.poison });
    });
  };

  const giveUpOn = async (record: LogRecord, failure: Failure): Promise<'done' | 'left'> => {
    const result = await giveUp(record, failure);
    // The cause may be gone when the event is delivered again.
    if (result === 'done') counts.forget(record);
    return result;
  };

  const attempt = async (
    record: LogRecord,
    result: ReadResult<EventOf[T]> | undefined,
  ): Promise<'done' | 'left'> => {
    const known = counts.finalFailure(record);
    if (known !== undefined) return giveUpOn(record, known);
    const handled = { what: eventAt(type, record), since: performance.now() };
    let calls = 0;
    inFlight.add(handled);
    try {
      await handOver(record, result, () => {
        calls += 1;
      });
      return 'done';
    } catch (error) {
      const failure = handlerFailed(error, eventAt(type, record));
      // If the handler was not called, `remember` has failed, which says nothing about the event.
      if (calls > 0) counts.add(record, failure);
      if (counts.finalFailure(record) === undefined) throw failure;
      return await giveUpOn(record, failure);
    } finally {
      inFlight.delete(handled);
    }
  };

  return async (records, { isCurrent, resolve }) => {
    const [first] = records;
    if (first === undefined) return { kind: 'done' };
    let at = first;
    try {
      const results = await decode(records.map(({ value }) => value));
      for (const [i, record] of records.entries()) {
        at = record;
        const leave = await slots.enter();
        try {
          if (!isCurrent()) return { kind: 'left' };
          if ((await attempt(record, results[i])) === 'left') return { kind: 'left' };
        } finally {
          leave();
        }
        resolve(record.offset);
      }
      return { kind: 'done' };
    } catch (error) {
      const failure = error instanceof Failure ? error : handlerFailed(error, eventAt(type, at));
      return { kind: 'failed', failure, offset: at.offset };
    }
  };
};

const eventAt = (type: EventType, record: LogRecord): string => `${type} at ${readablePosition(record)}`;

/** Transient, whatever the handler throws: an event is handled again until its handler resolves. */
const handlerFailed = (error: unknown, what: string): Failure => {
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('transient', 'HANDLER_FAILED', `handling ${what}: ${message}`, { cause: error });
};
