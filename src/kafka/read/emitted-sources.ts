/**
 * Finds the processor's own records in an output partition. They are in the order of their sources: one writer per output partition (R5 of
 * docs/adr/0002-six-rules-for-effectively-once.md).
 */
import type { Headers } from '../../wire/headers.ts';
import type { LogRecord, TopicPartition } from '../records/log-record.ts';
import type { PartitionReader } from './partition-reader.ts';

/** The source offset that a record names; null if the record is not the processor's own. */
export type SourceOf = (headers: Headers) => number | null;

/** The output partition to search, and how to recognise the processor's own records. */
export type Search = {
  readonly reader: PartitionReader;
  readonly output: TopicPartition;
  readonly sourceOf: SourceOf;
};

/** Offsets of the output partition, without `high`. */
type Bounds = { readonly low: number; readonly high: number };

/** Finds an offset in `[low, high]` near the border between sources below `first` and sources from `first` on. */
type FindPlace = (search: Search, first: number, bounds: Bounds) => Promise<number>;

const FIRST_STEP = 64;
const MAX_STEP = 65_536;
/** A range this short is read through instead of halved again. */
const SHORT = 512;
const PROBE_BYTES = 64 * 1024;

/** The greatest source of all records. Waits until open transactions end. */
export const findLastSource = async (search: Search): Promise<number | null> =>
  walkBack(search, await boundsOf(search));

/** The greatest source of the records before the first open transaction. */
export const findLastVisibleSource = async (search: Search): Promise<number | null> => {
  const { low, stable } = await boundsOf(search);
  return walkBack(search, { low, high: stable });
};

/** Reads back from the end in growing steps, past markers, aborted records and other producers' records. */
const walkBack = async (
  { reader, output, sourceOf }: Search,
  { low, high }: Bounds,
): Promise<number | null> => {
  let to = high;
  for (let step = FIRST_STEP; to > low; step = Math.min(step * 4, MAX_STEP)) {
    const from = Math.max(low, to - step);
    let last: number | null = null;
    for await (const { headers } of reader.read([{ ...output, from, to }])) {
      const source = sourceOf(headers);
      if (source !== null) last = Math.max(last ?? source, source);
    }
    if (last !== null) return last;
    to = from;
  }
  return null;
};

/** The processor's own records whose sources lie in `[first, end)`, in order. */
export async function* readSources(
  search: Search,
  { first, end }: { readonly first: number; readonly end: number },
): AsyncGenerator<{ readonly source: number; readonly record: LogRecord }, void, undefined> {
  const { reader, output, sourceOf } = search;
  const bounds = await boundsOf(search);
  const from = await findBegin(search, first, bounds);
  for await (const record of reader.read([{ ...output, from, to: bounds.high }])) {
    const source = sourceOf(record.headers);
    if (source !== null && source >= end) return;
    if (source !== null && source >= first) yield { source, record };
  }
}

/** Finds, by bisection, an offset before which no record has a source from `first` on. */
const findBegin: FindPlace = async (search, first, { low, high }) => {
  let [from, to] = [low, high];
  while (to - from > SHORT) {
    const middle = Math.floor((from + to) / 2);
    const source = await firstSource(search, { low: middle, high: to });
    if (source === null || source.source >= first) to = middle;
    else from = source.offset + 1;
  }
  return from;
};

/** Finds the offset after the last record whose source lies before `first`; stops at the first record with a source from `first` on. */
export const findBoundary: FindPlace = async (search, first, bounds) => {
  const { reader, output, sourceOf } = search;
  let boundary = await findBegin(search, first, bounds);
  for await (const { headers, offset } of reader.read([{ ...output, from: boundary, to: bounds.high }])) {
    const source = sourceOf(headers);
    if (source !== null && source >= first) break;
    if (source !== null) boundary = offset + 1;
  }
  return boundary;
};

const firstSource = async (
  { reader, output, sourceOf }: Search,
  { low, high }: Bounds,
): Promise<{ readonly source: number; readonly offset: number } | null> => {
  const range = { ...output, from: low, to: high };
  for await (const { headers, offset } of reader.read([range], { maxBytes: PROBE_BYTES })) {
    const source = sourceOf(headers);
    if (source !== null) return { source, offset };
  }
  return null;
};

const boundsOf = async ({ reader, output }: Search) =>
  (await reader.bounds([output]))[0] ?? { low: 0, high: 0, stable: 0 };
