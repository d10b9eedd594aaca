/**
 * The readers of one record type, by the schema id in the records. Readers are cached. But a registry that has lost its data may give an
 * id to another schema. So before a record becomes a dead letter, its id is looked up again, unless that was done within the last
 * `CONFIRMED_MS`.
 *
 * An id counts as unknown only if the registry still knows this processor's own schemas: otherwise the registry has lost its data. Lost
 * data, and every other problem with the registry, is a transient failure.
 */
import type { Type } from 'avsc';
import { Failure } from '../processor/failure.ts';
import { createRecordReader, type RecordReader } from './record-reader.ts';
import type { WrittenSchemas } from './registered-schema.ts';
import { fetchWriterSchema } from './writer-schema.ts';

export type ReadersById<T> = ReadonlyMap<number, RecordReader<T>>;

export interface RecordReaders<T> {
  /** A reader for each id. Asks the registry only for ids that are not cached, or that it did not know when it was last asked. */
  cachedOrFetched(schemaIds: ReadonlySet<number>): Promise<ReadersById<T>>;
  /** A reader for each id. Asks the registry again for ids that were fetched more than `CONFIRMED_MS` ago. */
  recentlyConfirmed(schemaIds: ReadonlySet<number>): Promise<ReadersById<T>>;
}

export type RecordReadersDeps = {
  readonly registry: WrittenSchemas;
  /** `missing` asks the registry now. It returns the subjects without the schema that this program writes. */
  readonly ownSchemas: { missing(): Promise<readonly string[]> };
  /** The Avro schema that records are decoded to, as values of type `T`. */
  readonly readerType: Type;
};

export const CONFIRMED_MS = 2_000;
const REQUESTS_AT_ONCE = 16;

/** Limits the memory for unknown ids: garbage may name any number of them. There are only as many known ids as schemas in the registry. */
const MAX_ENTRIES = 10_000;

const MAX_LISTED_IDS = 3;

type Entry<T> = {
  readonly id: number;
  readonly reader: RecordReader<T>;
  readonly isKnown: boolean;
  /** When the request was sent, by `performance.now()`. */
  readonly fetchedAt: number;
};

export const createRecordReaders = <T>(deps: RecordReadersDeps): RecordReaders<T> => {
  const { registry, ownSchemas, readerType } = deps;
  const entries = new Map<number, Entry<T>>();

  const fetchOne = async (id: number): Promise<Entry<T>> => {
    const fetchedAt = performance.now();
    const writer = await fetchWriterSchema(registry, id);
    const reader = writer === null ? unknownId(id) : createRecordReader<T>(readerType, id, writer);
    return { id, reader, isKnown: writer !== null, fetchedAt };
  };

  const fetchAll = async (ids: readonly number[]): Promise<readonly Entry<T>[]> => {
    const fetched: Entry<T>[] = [];
    for (let i = 0; i < ids.length; i += REQUESTS_AT_ONCE) {
      fetched.push(...(await Promise.all(ids.slice(i, i + REQUESTS_AT_ONCE).map(fetchOne))));
    }
    const unknown = fetched.filter(({ isKnown }) => !isKnown).map(({ id }) => id);
    if (unknown.length === 0) return fetched;
    // If the registry has lost data, the schemas that it still answered may be others: keep none of them.
    const missing = await ownSchemas.missing();
    if (missing.length > 0) throw registryLostSchemas(unknown, missing);
    return fetched;
  };

  const select = async (
    ids: ReadonlySet<number>,
    isUsable: (entry: Entry<T>) => boolean,
  ): Promise<ReadersById<T>> => {
    const readers = new Map<number, RecordReader<T>>();
    const wanted: number[] = [];
    for (const id of ids) {
      const entry = entries.get(id);
      if (entry !== undefined && isUsable(entry)) readers.set(id, entry.reader);
      else wanted.push(id);
    }
    for (const entry of await fetchAll(wanted)) {
      entries.set(entry.id, entry);
      readers.set(entry.id, entry.reader);
    }
    if (entries.size > MAX_ENTRIES) forgetUnknown(entries);
    return readers;
  };

  return {
    cachedOrFetched: (ids) => select(ids, (entry) => entry.isKnown || isConfirmed(entry)),
    recentlyConfirmed: (ids) => select(ids, isConfirmed),
  };
};

const isConfirmed = ({ fetchedAt }: { readonly fetchedAt: number }): boolean =>
  performance.now() - fetchedAt < CONFIRMED_MS;

const forgetUnknown = (entries: Map<number, { readonly isKnown: boolean }>): void => {
  for (const [id, { isKnown }] of entries) if (!isKnown) entries.delete(id);
};

export const unknownId = (id: number): RecordReader<never> => {
  const message = `the schema registry does not know schema id ${String(id)}`;
  return () => ({ kind: 'poison', poison: { code: 'UNKNOWN_SCHEMA_ID', message } });
};

const registryLostSchemas = (unknown: readonly number[], missing: readonly string[]): Failure =>
  new Failure(
    'transient',
    'REGISTRY_LOST_SCHEMAS',
    `the schema registry knows neither ${schemaIdsText(unknown)} nor the current schema of ` +
      `${missing.join(', ')}: it may have lost its data; \`runclose setup\` registers them again`,
  );

const schemaIdsText = (ids: readonly number[]): string => {
  const listed = ids.slice(0, MAX_LISTED_IDS).join(', ');
  const more = ids.length - MAX_LISTED_IDS;
  return `schema ${ids.length === 1 ? 'id' : 'ids'} ${listed}${more > 0 ? ` and ${String(more)} more` : ''}`;
};
