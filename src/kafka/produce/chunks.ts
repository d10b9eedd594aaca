import { sizeOfHeaders } from '../records/headers.ts';

/** Encoding this many records takes some milliseconds, in which nothing else runs. */
const MAX_RECORDS = 1_000;

/**
 * All records of a request become one batch, which must stay below the topic's `max.message.bytes`: the default of brokers is 1 MiB. The
 * closed runs of a full batch, and their summaries, fit one request each.
 */
const MAX_BYTES = 768 * 1024;

type Sized = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Parameters<typeof sizeOfHeaders>[0];
};

/** True if a chunk is a single record that exceeds the limit. */
export const isOversize = (chunk: readonly Sized[]): boolean => {
  const [first] = chunk;
  return first !== undefined && chunk.length === 1 && sizeOf(first) > MAX_BYTES;
};

/** Cuts records into chunks, in order. No chunk is empty. A record that exceeds the limit gets a chunk of its own. */
export function* chunksOf<R extends Sized>(records: readonly R[]): Generator<readonly R[], void, undefined> {
  let chunk: R[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (chunk.length > 0 && (chunk.length === MAX_RECORDS || bytes + size > MAX_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** The approximate size in bytes. */
export const sizeOf = ({ key, value, headers }: Sized): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + sizeOfHeaders(headers);
