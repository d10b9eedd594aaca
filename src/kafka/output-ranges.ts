import type { HistoryRange, OutputKind } from '../replay/history.ts';
import { sourceOfDeadLetter } from './dead-letters.ts';
import { findBoundary } from './emitted-sources.ts';
import type { LogRecord } from './log-record.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { StreamRange } from './partition-streams.ts';
import { sourceOfEvent } from './source-position.ts';
import type { Position } from '../wire/position.ts';

/** The stretch of an output partition in which everything stands that a range of the input led to. */
export type OutputRange = StreamRange & {
  readonly kind: OutputKind;
  /** Where the input ended by then: what stands here cannot have come from behind it. */
  readonly inputEnd: number;
};

const KINDS = [
  'run.closed',
  'run.summary',
  'run.close.rejected',
  'dead-letter',
] as const satisfies readonly OutputKind[];

/**
 * For ranges of the input that are known to be emitted. What a group's committed offset says to be emitted is in the log, and may
 * still be hidden from read-committed readers, since the partitions learn one after another that a transaction is committed. So
 * a range ends where the log ends by now: to read it is to wait for the transactions that are open now, and for no later ones.
 */
export const findOutputRanges = async (
  reader: PartitionReader,
  topic: string,
  outputTopics: Readonly<Record<OutputKind, string>>,
  ranges: readonly HistoryRange[],
): Promise<readonly OutputRange[]> => {
  const wanted = ranges.flatMap((range) =>
    KINDS.map((kind) => ({ kind, range, topic: outputTopics[kind], partition: range.partition })),
  );
  const bounds = await reader.bounds(wanted);
  // Asked last: else a command that came meanwhile would not be known to be behind the event it led to.
  const inputs = await reader.bounds(ranges.map(({ partition }) => ({ topic, partition })));
  const inputEnds = new Map(inputs.map(({ partition, high }) => [partition, high]));
  return Promise.all(
    wanted.map(async ({ kind, range, partition, ...output }, index) => {
      const { low, high } = bounds[index] ?? { low: 0, high: 0 };
      const own = (headers: LogRecord['headers']): number | null => {
        const source = sourceIn(kind, headers);
        return source?.topic === topic && source.partition === partition ? source.offset : null;
      };
      const place = { topic: output.topic, partition };
      const from = range.complete ? low : await findBoundary(reader, place, own, range.from, low, high);
      return { kind, ...place, from, to: high, inputEnd: inputEnds.get(partition) ?? 0 };
    }),
  );
};

/** The record that a record of an output topic came from. */
export const sourceIn = (kind: OutputKind, headers: LogRecord['headers']): Position | null =>
  kind === 'dead-letter' ? sourceOfDeadLetter(headers) : sourceOfEvent(headers);
