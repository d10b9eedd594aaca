import type { Failure } from './failure.ts';
import type { InputBatch } from './ports/input-record.ts';

/** How many records of a batch are stored and emitted in one transaction. A batch may be split between any two records. */
export type TransactionSize = {
  /** The part of a batch that comes next: all of it, or its first records. */
  portionOf(batch: InputBatch): InputBatch;
  /** @param seconds the duration of the slower of the portion's two transactions */
  emitted(portion: InputBatch, seconds: number): void;
  failed(portion: InputBatch, failure: Failure): void;
};

/** The part of a batch after the portion. */
export const restAfter = (batch: InputBatch, { end }: InputBatch): InputBatch => ({
  ...batch,
  first: end,
  records: batch.records.filter(({ offset }) => offset >= end),
});

/** Codes of failures that say that one of the records can never be written. */
export const REFUSALS: ReadonlySet<string> = new Set(['RECORD_TOO_LARGE', 'RECORD_REFUSED']);

/**
 * A Kafka transaction gets 15 seconds. With a quota of 20 kB a second, that is 300 kB. A full batch is five times as large and would be
 * rolled back each time, and rolled-back bytes count against the quota, too. A Postgres statement gets 5 seconds, and on a throttled disk a
 * full batch never fits into them. So a batch that ran out of time is tried again in halves. A slow transaction makes the next one
 * smaller, and a quick one makes it larger again.
 */
const SLOW_SECONDS = 6;
const QUICK_SECONDS = 2;
const ranOutOfTime = ({ code, isLocal }: Failure): boolean =>
  code === 'KAFKA_TIMEOUT' ||
  code === 'KAFKA_REQUEST_TIMEOUT' ||
  // Local: another transaction holds a lock, and a smaller batch would wait for that lock, too.
  (code === 'POSTGRES_BUSY' && !isLocal);

/** No batch has more records: see kafka/consume/input-batches.ts. */
const MAX_BATCH_RECORDS = 500;

export const createTransactionSize = (): TransactionSize => {
  let most = Infinity;

  const halve = ({ records }: InputBatch): void => {
    if (records.length > 0) most = Math.max(1, Math.floor(records.length / 2));
  };

  return {
    portionOf: (batch) => {
      const next = batch.records[most];
      return next === undefined
        ? batch
        : { ...batch, end: next.offset, records: batch.records.slice(0, most) };
    },
    emitted: (portion, seconds) => {
      if (seconds > SLOW_SECONDS) halve(portion);
      else if (seconds < QUICK_SECONDS && portion.records.length >= most)
        most = most >= MAX_BATCH_RECORDS ? Infinity : 2 * most;
    },
    failed: (portion, failure) => {
      // In a transaction of one record, it is clear which record cannot be written.
      if (REFUSALS.has(failure.code)) most = 1;
      if (ranOutOfTime(failure)) halve(portion);
    },
  };
};
