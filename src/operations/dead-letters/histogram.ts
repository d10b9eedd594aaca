import { readFrame } from '../../wire/frame.ts';
import { PUBLISHER_HEADERS } from '../../wire/headers.ts';
import type { DeadLetter } from './dead-letters.ts';

/** Dead letters that have the same reason, schema and producer. */
export type Bucket = {
  readonly reason: string;
  /** Null if the bytes do not begin with a schema id. */
  readonly schemaId: number | null;
  readonly producer: string;
  count: number;
  /** Milliseconds since 1970. */
  first: number;
  last: number;
  /** The place of the latest dead letter. */
  partition: number;
  offset: number;
};

export type Histogram = {
  add(letter: DeadLetter): void;
  /** Largest bucket first. */
  buckets(): readonly Bucket[];
};

/** A limit, because producers choose their own names, and ever new names would fill the memory. */
const MAX_BUCKETS = 1_000;

export const createHistogram = (): Histogram => {
  const buckets = new Map<string, Bucket>();
  return {
    add: (letter) => {
      const { timestamp, partition, offset } = letter.record;
      const { reason, schemaId, producer } = kindOf(letter);
      const own = JSON.stringify([reason, schemaId, producer]);
      const isNew = !buckets.has(own);
      const key = isNew && buckets.size >= MAX_BUCKETS ? 'others' : own;
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
    producer: PUBLISHER_HEADERS.map(header).find((name) => name !== undefined) ?? 'unknown',
  };
};
