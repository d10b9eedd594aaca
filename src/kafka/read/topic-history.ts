/**
 * Reads a history from the topics: the input's partitions, merged by the broker's time. With each command come the records in the same
 * partition of the outputs that name the command as their source. Input and outputs have the same order (one writer per output partition,
 * R5 of docs/adr/0002-six-rules-for-effectively-once.md), so each is read once, side by side.
 */
import type {
  EmittedRecord,
  History,
  HistoryRange,
  HistoryStep,
  OutputKind,
  Place,
} from '../../replay/history.ts';
import { positionText, type Position } from '../../wire/position.ts';
import type { ClusterConnection } from '../client/cluster-connection.ts';
import { topicOfEvent, type TopicNames } from '../names/topic-names.ts';
import type { LogRecord } from '../records/log-record.ts';
import { replayOf } from '../records/source-position.ts';
import { keyOf } from '../topics/partition-offsets.ts';
import { findOutputRanges, sourceIn, type OutputRange } from './output-ranges.ts';
import type { PartitionReader } from './partition-reader.ts';
import {
  openPartitionStreams,
  wasRemoved,
  type PartitionStream,
  type PartitionStreams,
  type StreamRange,
} from './partition-streams.ts';

export type TopicHistoryDeps = {
  readonly connection: ClusterConnection;
  /** A reader on the same connection. */
  readonly reader: PartitionReader;
  readonly names: TopicNames;
  readonly ranges: readonly HistoryRange[];
  /** Whether to read events. Given the output ranges of an earlier reading, this reading gives the same steps. */
  readonly events: HistoryEvents;
};

export type HistoryEvents = 'with-events' | 'commands-only' | readonly OutputRange[];

/** How many steps are handed over at once. */
const PORTION = 500;

/** The topic of each kind of output record. */
export const outputTopicsOf = (names: TopicNames): Readonly<Record<OutputKind, string>> => ({
  'run.closed': topicOfEvent(names, 'run.closed'),
  'run.summary': topicOfEvent(names, 'run.summary'),
  'run.close.rejected': topicOfEvent(names, 'run.close.rejected'),
  'dead-letter': names.deadLetters,
});

/** The steps in portions of at most `PORTION`, and the place after each portion. Supports one reading at a time. */
export const createTopicHistory = (deps: TopicHistoryDeps): Pick<History, 'steps' | 'place'> => {
  const { connection, reader, names, ranges, events } = deps;
  let currentPlace = (): Place | undefined => undefined;
  return {
    async *steps(begin) {
      const outputs = await outputsOf(deps);
      const inputs = ranges.map(({ partition, from, to }) => ({
        topic: names.requested,
        partition,
        from,
        to,
      }));
      const wanted = [...inputs, ...outputs].map((range) => ({
        ...range,
        from: begin?.get(keyOf(range)) ?? range.from,
      }));
      if (typeof events !== 'string') await requireAll(reader, wanted);
      const streams = openPartitionStreams(connection, wanted, 'fail');
      const lanes = ranges.map((range, index): Lane => ({
        range,
        input: streams.streams[index] as PartitionStream,
        outputs: outputs.flatMap((output, at) =>
          output.partition === range.partition
            ? [{ ...output, stream: streams.streams[inputs.length + at] as PartitionStream }]
            : [],
        ),
      }));
      const placeOfStreams = (): Place =>
        new Map(
          wanted.map((range, index) => [keyOf(range), (streams.streams[index] as PartitionStream).next()]),
        );
      for await (const portion of portions(merge(lanes, streams, names.requested))) {
        // After a stray, the place may lie between the events of one command, so there is no place to resume from.
        currentPlace = () => (portion.at(-1)?.kind === 'command' ? placeOfStreams() : undefined);
        yield portion;
      }
    },
    place: () => currentPlace(),
  };
};

/** One partition of the input, and the same partition of the outputs. */
type Lane = {
  readonly range: HistoryRange;
  readonly input: PartitionStream;
  readonly outputs: readonly (OutputRange & { readonly stream: PartitionStream })[];
};

const outputsOf = async ({
  reader,
  names,
  ranges,
  events,
}: TopicHistoryDeps): Promise<readonly OutputRange[]> => {
  if (typeof events !== 'string') return events;
  return events === 'commands-only'
    ? []
    : findOutputRanges(reader, names.requested, outputTopicsOf(names), ranges);
};

/** Since the earlier reading began, retention may have removed records, or the topics may have been created again. */
const requireAll = async (reader: PartitionReader, ranges: readonly StreamRange[]): Promise<void> => {
  const bounds = await reader.bounds(ranges);
  ranges.forEach((range, index) => {
    const { low, high } = bounds[index] ?? { low: 0, high: 0 };
    if (range.from >= range.to) return;
    if (range.from < low) throw wasRemoved(range, range.from, { begins: low });
    if (range.to > high) throw wasRemoved(range, range.to, { ends: high });
  });
};

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
    // An offset between the last command and the first command that was not read.
    const end = lane.range.to - 0.5;
    for await (const [step] of upTo(lane, end, streams, topic)) if (step !== null) yield step;
  }
}

/**
 * Yields the records of a lane's outputs, one after another, up to and including those of the command at `commandOffset`. The first value
 * is null for a record of this command; every other record is a stray.
 */
async function* upTo(
  { range, outputs }: Lane,
  commandOffset: number,
  streams: PartitionStreams,
  topic: string,
): AsyncGenerator<readonly [HistoryStep | null, EmittedRecord], void, undefined> {
  for (const { kind, stream, inputEnd } of outputs) {
    const ownSource = ({ headers }: LogRecord): number | null => {
      const source = sourceIn(kind, headers);
      return source?.topic === topic && source.partition === range.partition && source.offset < inputEnd
        ? source.offset
        : null;
    };
    for (;;) {
      const record = stream.head() ?? (await headOf(stream, streams));
      if (record === null) break;
      const source = ownSource(record);
      if (source !== null && source > commandOffset) {
        const second = stream.second() ?? (await secondOf(stream, streams));
        const next = second === null ? null : ownSource(second);
        // A record that stands before one that is still due is out of order, and so a stray: otherwise it would hide all records after it.
        const isOutOfOrder = next !== null && next >= commandOffset && next < source;
        if (!isOutOfOrder) break;
      }
      stream.advance();
      // A replay wrote this copy: it belongs to no command, and is no stray.
      if (source === null && replayOf(record.headers) !== null) continue;
      const emitted = { kind, record };
      yield [
        source === commandOffset
          ? null
          : { kind: 'stray', emitted, source: nameOf(sourceIn(kind, record.headers)) },
        emitted,
      ];
    }
  }
}

const nameOf = (source: Position | null): string | null => source && positionText(source);

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
