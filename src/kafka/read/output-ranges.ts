import type { HistoryRange, OutputKind } from '../../replay/history.ts';
import type { Position } from '../../wire/position.ts';
import { sourceOfDeadLetter } from '../records/dead-letters.ts';
import type { LogRecord } from '../records/log-record.ts';
import { sourceOfEvent } from '../records/source-position.ts';
import { findBoundary } from './emitted-sources.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { StreamRange } from './partition-streams.ts';

/** The range of an output partition that contains all events and dead letters of a range of the input. */
export type OutputRange = StreamRange & {
  readonly kind: OutputKind;
  /** The end of the input when the range was found. No record in this range can come from an offset after it. */
  readonly inputEnd: number;
};

const KINDS = [
  'run.closed',
  'run.summary',
  'run.close.rejected',
  'dead-letter',
] as const satisfies readonly OutputKind[];

/**
 * Call this for ranges of the input that are known to be emitted. Events below a group's committed offset are in the log, but may still be
 * hidden from read-committed readers, because the partitions learn one after another that a transaction was committed. So a range ends at
 * the log's current end: a reader of the range waits for the transactions that are open now, but not for later ones.
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
  // Ask for the input last: otherwise the end would exclude a command that arrived meanwhile, although its event is in the range.
  const inputs = await reader.bounds(ranges.map(({ partition }) => ({ topic, partition })));
  const inputEnds = new Map(inputs.map(({ partition, high }) => [partition, high]));
  return Promise.all(
    wanted.map(async ({ kind, range, partition, ...output }, index) => {
      const { low, high } = bounds[index] ?? { low: 0, high: 0 };
      const sourceOf = (headers: LogRecord['headers']): number | null => {
        const source = sourceIn(kind, headers);
        return source?.topic === topic && source.partition === partition ? source.offset : null;
      };
      const place = { topic: output.topic, partition };
      const search = { reader, output: place, sourceOf };
      const from = range.complete ? low : await findBoundary(search, range.from, { low, high });
      return { kind, ...place, from, to: high, inputEnd: inputEnds.get(partition) ?? 0 };
    }),
  );
};

/** The input position that a record of an output topic names as its source. */
export const sourceIn = (kind: OutputKind, headers: LogRecord['headers']): Position | null =>
  kind === 'dead-letter' ? sourceOfDeadLetter(headers) : sourceOfEvent(headers);
