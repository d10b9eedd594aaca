import { readFrame } from '../../wire/frame.ts';
import type { DeadLetter } from './dead-letters.ts';

/** Dead letters that have the same reason, schema and producer. */
export type Bucket = {
  readonly reason: string;
  /** Null if the bytes have none. */
  readonly schemaId: number | null;
  readonly producer: string;
  count: number;
  /** Milliseconds. */
  first: number;
  last: number;
  /** Of the latest one. */
  partition: number;
  offset: number;
};

export type Histogram = {
  add(letter: DeadLetter): void;
  /** The largest first. */
  buckets(): readonly Bucket[];
};

/** Producers name themselves, and made-up names must not fill the memory. */
const MOST_BUCKETS = 1_000;

export const createHistogram = (): Histogram => {
  const buckets = new Map<string, Bucket>();
  return {
    add: (letter) => {
      const { timestamp, partition, offset } = letter.record;
      const { reason, schemaId, producer } = kindOf(letter);
      const own = JSON.stringify([reason, schemaId, producer]);
      const isNew = !buckets.has(own);
      const key = isNew && buckets.size >= MOST_BUCKETS ? 'others' : own;
      const bucket = buckets.get(key) ?? {
        ...(key === own
          ? { reason, schemaId, producer }
          : { reason: 'others', schemaId: null, producer: 'others' }),
        count: 0,
        first: timestamp,
        last: timestamp,
        partition,
        offset,
      };
      buckets.set(key, bucket);
      bucket.count += 1;
      bucket.first = Math.min(bucket.first, timestamp);
      if (timestamp >= bucket.last) Object.assign(bucket, { last: timestamp, partition, offset });
    },
    buckets: () => [...buckets.values()].sort((a, b) => b.count - a.count || b.last - a.last),
  };
};

const kindOf = ({ record, reason }: DeadLetter) => {
  const frame = readFrame(record.value);
  const header = (name: string) => reason.headers.findLast(([each]) => each === name)?.[1]?.toString('utf8');
  return {
    reason: reason.code ?? 'unknown',
    schemaId: frame.kind === 'framed' ? frame.schemaId : null,
    // CloudEvents' name of the producer, then other usual names.
    producer: header('ce_source') ?? header('producer') ?? header('client-id') ?? 'unknown',
  };
};
