/**
 * Finds the processor's own records in an output partition. They are in the order of their sources: one writer per output partition (R5).
 */
import type { Headers } from '../../wire/headers.ts';
import type { LogRecord, TopicPartition } from '../records/log-record.ts';
import type { PartitionReader } from './partition-reader.ts';

/** The source offset that a record names; null if the record is not the processor's own. */
export type SourceOf = (headers: Headers) => number | null;

/** Finds an offset in `[low, high]` near the border between sources below `first` and sources from `first` on. */
type FindPlace = (
  reader: PartitionReader,
  output: TopicPartition,
  sourceOf: SourceOf,
  first: number,
  low: number,
  high: number,
) => Promise<number>;

const FIRST_STEP = 64;
const LONGEST_STEP = 65_536;
/** A range this short is read through instead of halved again. */
const SHORT = 512;
const PROBE_BYTES = 64 * 1024;

/** The greatest source of all records. Waits until open transactions end. */
export const findLastSource: FindLast = async (reader, output, sourceOf) => {
  const { low, high } = await boundsOf(reader, output);
  return walkBack(reader, output, sourceOf, low, high);
};

/** The greatest source of the records before the first open transaction. */
export const findLastVisibleSource: FindLast = async (reader, output, sourceOf) => {
  const { low, stable } = await boundsOf(reader, output);
  return walkBack(reader, output, sourceOf, low, stable);
};

type FindLast = (
  reader: PartitionReader,
  output: TopicPartition,
  sourceOf: SourceOf,
) => Promise<number | null>;

/** Reads back from the end in growing steps, past markers, aborted records and other producers' records. */
const walkBack = async (
  reader: PartitionReader,
  output: TopicPartition,
  sourceOf: SourceOf,
  low: number,
  high: number,
): Promise<number | null> => {
  let to = high;
  for (let step = FIRST_STEP; to > low; step = Math.min(step * 4, LONGEST_STEP)) {
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
  reader: PartitionReader,
  output: TopicPartition,
  sourceOf: SourceOf,
  first: number,
  end: number,
): AsyncGenerator<{ readonly source: number; readonly record: LogRecord }, void, undefined> {
  const { low, high } = await boundsOf(reader, output);
  const from = await findBegin(reader, output, sourceOf, first, low, high);
  for await (const record of reader.read([{ ...output, from, to: high }])) {
    const source = sourceOf(record.headers);
    if (source !== null && source >= end) return;
    if (source !== null && source >= first) yield { source, record };
  }
}

/** Finds, by bisection, an offset before which no record has a source from `first` on. */
const findBegin: FindPlace = async (reader, output, sourceOf, first, low, high) => {
  let [from, to] = [low, high];
  while (to - from > SHORT) {
    const middle = Math.floor((from + to) / 2);
    const found = await firstSource(reader, output, sourceOf, middle, to);
    if (found === null || found.source >= first) to = middle;
    else from = found.offset + 1;
  }
  return from;
};

/** Finds the offset after the last record whose source lies before `first`; stops at the first record with a source from `first` on. */
export const findBoundary: FindPlace = async (reader, output, sourceOf, first, low, high) => {
  let boundary = await findBegin(reader, output, sourceOf, first, low, high);
  for await (const { headers, offset } of reader.read([{ ...output, from: boundary, to: high }])) {
    const source = sourceOf(headers);
    if (source !== null && source >= first) break;
    if (source !== null) boundary = offset + 1;
  }
  return boundary;
};

const firstSource = async (
  reader: PartitionReader,
  output: TopicPartition,
  sourceOf: SourceOf,
  from: number,
  to: number,
): Promise<{ readonly source: number; readonly offset: number } | null> => {
  for await (const { headers, offset } of reader.read([{ ...output, from, to }], { maxBytes: PROBE_BYTES })) {
    const source = sourceOf(headers);
    if (source !== null) return { source, offset };
  }
  return null;
};

const boundsOf = async (reader: PartitionReader, output: TopicPartition) =>
  (await reader.bounds([output]))[0] ?? { low: 0, high: 0, stable: 0 };
