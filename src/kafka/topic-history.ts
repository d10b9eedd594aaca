/**
 * A history read from the topics: the input's partitions merged by the broker's time, and with each command the records of its
 * partition's outputs that name it as their source. Both stand in the same order (R5), so each is read once, side by side.
 */
import type { EmittedRecord, HistoryRange, HistoryStep, OutputKind } from '../replay/history.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import { sourceOfDeadLetter } from './dead-letters.ts';
import { findBegin } from './emitted-records.ts';
import type { LogRecord } from './log-record.ts';
import type { PartitionReader } from './partition-reader.ts';
import { openPartitionStreams, type PartitionStream, type PartitionStreams } from './partition-streams.ts';
import { replayOf, sourceOfEvent, type SourcePosition } from './source-position.ts';
import { topicOfEvent, type TopicNames } from './topic-names.ts';

export type TopicHistoryDeps = {
  readonly connection: ClusterConnection;
  /** On the same connection. */
  readonly reader: PartitionReader;
  readonly names: TopicNames;
  readonly ranges: readonly TopicRange[];
  readonly events: 'with-events' | 'commands-only';
};

export type TopicRange = HistoryRange & {
  /** Where the input ends by now: nothing can have been emitted for what lies beyond. */
  readonly end: number;
};

const KINDS = [
  'run.closed',
  'run.summary',
  'run.close.rejected',
  'dead-letter',
] as const satisfies readonly OutputKind[];

/** Steps handed over at once. */
const PORTION = 500;

/** In which topic the records of a kind stand. */
export const outputTopicsOf = (names: TopicNames): Readonly<Record<OutputKind, string>> => ({
  'run.closed': topicOfEvent(names, 'run.closed'),
  'run.summary': topicOfEvent(names, 'run.summary'),
  'run.close.rejected': topicOfEvent(names, 'run.close.rejected'),
  'dead-letter': names.deadLetters,
});

/** In bounded portions. */
export async function* readTopicHistory(
  deps: TopicHistoryDeps,
): AsyncGenerator<readonly HistoryStep[], void, undefined> {
  const { connection, reader, names, ranges, events } = deps;
  const outputs = events === 'with-events' ? await outputRanges(reader, deps) : [];
  const inputs = ranges.map(({ partition, from, to }) => ({ topic: names.requested, partition, from, to }));
  const streams = openPartitionStreams(connection, [...inputs, ...outputs.map(({ range }) => range)]);
  const lanes = ranges.map((range, index): Lane => ({
    range,
    input: streams.streams[index] as PartitionStream,
    outputs: outputs.flatMap(({ kind, range: { partition } }, at) =>
      partition === range.partition
        ? [{ kind, stream: streams.streams[inputs.length + at] as PartitionStream }]
        : [],
    ),
  }));
  yield* portions(merge(lanes, streams, names.requested));
}

/** One partition of the input, and the same partition of the outputs. */
type Lane = {
  readonly range: TopicRange;
  readonly input: PartitionStream;
  readonly outputs: readonly { readonly kind: OutputKind; readonly stream: PartitionStream }[];
};

const outputRanges = async (reader: PartitionReader, { names, ranges }: TopicHistoryDeps) => {
  const topics = outputTopicsOf(names);
  const wanted = ranges.flatMap((range) =>
    KINDS.map((kind) => ({ kind, range, topic: topics[kind], partition: range.partition })),
  );
  const bounds = await reader.bounds(wanted);
  return Promise.all(
    wanted.map(async ({ kind, range, topic, partition }, index) => {
      const { low, high, stable } = bounds[index] ?? { low: 0, high: 0, stable: 0 };
      const own = (headers: LogRecord['headers']): number | null => {
        const source = sourceIn(kind, headers);
        return source?.topic === names.requested && source.partition === partition ? source.offset : null;
      };
      const from = range.complete
        ? low
        : await findBegin(reader, { topic, partition }, own, range.from, low, high);
      return { kind, range: { topic, partition, from, to: stable } };
    }),
  );
};

const sourceIn = (kind: OutputKind, headers: LogRecord['headers']): SourcePosition | null =>
  kind === 'dead-letter' ? sourceOfDeadLetter(headers) : sourceOfEvent(headers);

const headOf = async (stream: PartitionStream, { fill }: PartitionStreams): Promise<LogRecord | null> => {
  for (;;) {
    const head = stream.head();
    if (head !== undefined) return head;
    await fill();
  }
};

const secondOf = async (stream: PartitionStream, { fill }: PartitionStreams): Promise<LogRecord | null> => {
  for (;;) {
    const second = stream.second();
    if (second !== undefined) return second;
    await fill();
  }
};

async function* merge(
  lanes: readonly Lane[],
  streams: PartitionStreams,
  topic: string,
): AsyncGenerator<HistoryStep, void, undefined> {
  for (;;) {
    let first: { readonly lane: Lane; readonly record: LogRecord } | null = null;
    for (const lane of lanes) {
      const record = lane.input.head() ?? (await headOf(lane.input, streams));
      if (record !== null && (first === null || record.timestamp < first.record.timestamp))
        first = { lane, record };
    }
    if (first === null) break;
    const { lane, record } = first;
    lane.input.advance();
    const emitted: EmittedRecord[] = [];
    for await (const [step, output] of upTo(lane, record.offset, streams, topic)) {
      if (step !== null) yield step;
      else emitted.push(output);
    }
    yield { kind: 'command', record, emitted };
  }
  for (const lane of lanes) {
    // Between the last command and what was not read any more.
    const end = lane.range.to - 0.5;
    for await (const [step] of upTo(lane, end, streams, topic)) if (step !== null) yield step;
  }
}

/**
 * What stands in a lane's outputs up to the records of this source, one after another: strays, or those. A record whose successor
 * has an earlier source is out of place, and so a stray: else it would hide all that follow.
 */
async function* upTo(
  { range, outputs }: Lane,
  offset: number,
  streams: PartitionStreams,
  topic: string,
): AsyncGenerator<readonly [HistoryStep | null, EmittedRecord], void, undefined> {
  const ownSource = (kind: OutputKind, { headers }: LogRecord): number | null => {
    const source = sourceIn(kind, headers);
    return source?.topic === topic && source.partition === range.partition && source.offset < range.end
      ? source.offset
      : null;
  };
  for (const { kind, stream } of outputs) {
    for (;;) {
      const record = stream.head() ?? (await headOf(stream, streams));
      if (record === null) break;
      const source = ownSource(kind, record);
      if (source !== null && source > offset) {
        const second = stream.second() ?? (await secondOf(stream, streams));
        const next = second === null ? null : ownSource(kind, second);
        if (next === null || next < offset || next >= source) break;
      }
      stream.advance();
      if (source === null ? replayOf(record.headers) !== null : source < range.from) continue;
      const emitted = { kind, record };
      yield [
        source === offset ? null : { kind: 'stray', emitted, source: nameOf(sourceIn(kind, record.headers)) },
        emitted,
      ];
    }
  }
}

const nameOf = (source: SourcePosition | null): string | null =>
  source && `${source.topic}/${String(source.partition)}/${String(source.offset)}`;

async function* portions(
  steps: AsyncIterable<HistoryStep>,
): AsyncGenerator<readonly HistoryStep[], void, undefined> {
  let portion: HistoryStep[] = [];
  for await (const step of steps) {
    portion.push(step);
    if (portion.length === PORTION) {
      yield portion;
      portion = [];
    }
  }
  if (portion.length > 0) yield portion;
}
