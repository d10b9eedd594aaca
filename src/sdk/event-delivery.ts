/**
 * Hands the records of one partition to their handler, one after another. Stops at the first record that fails, or if this member loses the
 * partition. The remaining records are then delivered again, so no record is skipped and none overtakes another. Never rejects.
 */
import type { RecordDecoder } from '../avro/record-decoder.ts';
import type { ReadResult } from '../avro/record-reader.ts';
import type { LogRecord } from '../kafka/records/log-record.ts';
import type { LaneHandler } from '../kafka/consume/partition-lanes.ts';
import { Failure } from '../processor/failure.ts';
import type { EventOf, EventType } from '../wire/event-types.ts';
import { traceHandling } from './application-tracing.ts';
import type { HandlerSlots } from './handler-slots.ts';
import { receivedEvent, type ReceivedEvent, type UndecodableRecord } from './received-event.ts';

export type EventDeliveryDeps<T extends EventType> = {
  readonly type: T;
  readonly groupId: string;
  readonly decode: RecordDecoder<EventOf[T]>;
  readonly handle: (received: ReceivedEvent<T>) => Promise<void> | void;
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void> | void;
  readonly slots: HandlerSlots;
};

export type DeliverEvents = LaneHandler['deliver'];

export const createEventDelivery = <T extends EventType>(deps: EventDeliveryDeps<T>): DeliverEvents => {
  const { type, groupId, decode, handle, onUndecodable, slots } = deps;

  const handOver = async (record: LogRecord, result: ReadResult<EventOf[T]> | undefined): Promise<void> => {
    if (result === undefined) throw new RangeError('it was not decoded');
    await traceHandling(record, groupId, () =>
      result.kind === 'poison'
        ? onUndecodable({ ...record, poison: result.poison })
        : handle(receivedEvent(type, result.value, record)),
    );
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
          await handOver(record, results[i]);
        } finally {
          leave();
        }
        resolve(record.offset);
      }
      return { kind: 'done' };
    } catch (error) {
      return { kind: 'failed', failure: failureAt(error, type, at), offset: at.offset };
    }
  };
};

const failureAt = (error: unknown, type: EventType, { topic, partition, offset }: LogRecord): Failure => {
  if (error instanceof Failure) return error;
  const doing = `handling ${type} at ${topic}/${partition}/${offset}`;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('transient', 'HANDLER_FAILED', `${doing}: ${message}`, { cause: error });
};
