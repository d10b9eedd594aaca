import type { Failure } from './failure.ts';
import type { InputBatch } from './ports.ts';

/** How many records of a batch are stored and emitted at once. Any border between two records will do. */
export type TransactionSize = {
  /** What of a batch comes next: all of it, or its first records. */
  portionOf(batch: InputBatch): InputBatch;
  /** @param seconds of the slower one of the portion's two transactions */
  emitted(portion: InputBatch, seconds: number): void;
  failed(portion: InputBatch, failure: Failure): void;
};

/** What is left of a batch behind its portion. */
export const behind = (batch: InputBatch, { end }: InputBatch): InputBatch => ({
  ...batch,
  first: end,
  records: batch.records.filter(({ offset }) => offset >= end),
});

/** Codes of failures that say that one of the records cannot be written, whatever is tried. */
export const REFUSALS: ReadonlySet<string> = new Set(['RECORD_TOO_LARGE', 'RECORD_REFUSED']);

/**
 * A Kafka transaction gets 15 seconds. With a quota of 20 kB a second that is 300 KB; a full batch makes five times as much, is rolled
 * back each time, and what was sent in vain counts against the quota, too. In Postgres a statement gets 5 seconds, and on a throttled
 * disk a full batch does not fit them, however often it is tried. So a batch that ran out of time is tried again in halves; one that
 * took long makes the next one smaller, and a quick one makes it larger again.
 */
const SLOW_SECONDS = 6;
const QUICK_SECONDS = 2;
const ranOutOfTime = ({ code, isLocal }: Failure): boolean =>
  code === 'KAFKA_TIMEOUT' ||
  code === 'KAFKA_REQUEST_TIMEOUT' ||
  // Local: somebody else holds a lock, and a smaller batch waits for it as well.
  (code === 'POSTGRES_BUSY' && !isLocal);

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
        most = most >= LARGEST ? Infinity : 2 * most;
    },
    failed: (portion, failure) => {
      // Alone, the record that cannot be written is known.
      if (REFUSALS.has(failure.code)) most = 1;
      if (ranOutOfTime(failure)) halve(portion);
    },
  };
};

/** No batch has more records: see kafka/input-batches.ts. */
const LARGEST = 500;
