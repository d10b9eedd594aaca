import { readFrame, type Framed } from '../wire/frame.ts';
import type { ReadResult } from './record-reader.ts';
import type { ReadersById, RecordReaders } from './record-readers.ts';

/** Returns one result for each value, in order. Rejects with a transient failure if the registry is needed but down. */
export type RecordDecoder<T> = (values: readonly (Buffer | null)[]) => Promise<readonly ReadResult<T>[]>;

export const createRecordDecoder =
  <T>(readers: RecordReaders<T>): RecordDecoder<T> =>
  async (values) => {
    const frames = values.map(readFrame);
    const known = await readers.cachedOrFetched(schemaIds(frames));
    const results = frames.map((frame, i) => read(frame, values[i], known));

    const doubtful = schemaIds(frames.filter((_, i) => results[i]?.kind === 'poison'));
    if (doubtful.size === 0) return results;
    const confirmed = await readers.recentlyConfirmed(doubtful);
    return results.map((result, i) =>
      result.kind === 'value' ? result : read(frames[i] as Framed, values[i], confirmed),
    );
  };

const schemaIds = (frames: readonly Framed[]): ReadonlySet<number> => {
  const ids = new Set<number>();
  for (const frame of frames) if (frame.kind === 'framed') ids.add(frame.schemaId);
  return ids;
};

const read = <T>(frame: Framed, value: Buffer | null | undefined, readers: ReadersById<T>): ReadResult<T> => {
  if (frame.kind === 'unframed')
    return { kind: 'poison', poison: { code: frame.code, message: frame.message } };
  const reader = readers.get(frame.schemaId);
  if (reader === undefined || !value) throw new Error(`no reader for schema id ${String(frame.schemaId)}`);
  return reader(value);
};
