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
import { positionText } from '../../wire/position.ts';
import type { ClusterConnection } from '../client/cluster-connection.ts';
import { topicOfEvent, type TopicNames } from '../names/topic-names.ts';
import type { LogRecord } from '../records/log-record.ts';
import { replayOf } from '../records/source-position.ts';
import { keyOf } from '../topics/partition-offsets.ts';
import { findOutputRanges, sourceIn, type OutputRange } from './output-ranges.ts';
import type { PartitionReader } from './partition-reader.ts';
import {
  createPartitionStreams,
  inOrderOfTime,
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
  let currentPlace: Place | undefined;
  return {
    async *steps(begin) {
      const streams = createPartitionStreams(deps.connection, 'fail');
      const lanes = await openLanes(deps, streams, begin);
      for await (const portion of portions(mergeLanes(lanes))) {
        // After a stray, the place may lie between the events of one command, so there is no place to resume from.
        currentPlace = portion.at(-1)?.kind === 'command' ? streams.offsets() : undefined;
        yield portion;
      }
    },
    place: () => currentPlace,
  };
};

/** One partition of the input, and the same partition of the outputs. */
type Lane = {
  readonly input: StreamRange;
  /** The commands. */
  readonly stream: PartitionStream;
  readonly outputs: readonly (OutputRange & { readonly stream: PartitionStream })[];
};

const openLanes = async (
  deps: TopicHistoryDeps,
  streams: PartitionStreams,
  begin: Place | undefined,
): Promise<readonly Lane[]> => {
  const { reader, names, ranges, events } = deps;
  const resumed = <T extends StreamRange>(range: T): T => ({
    ...range,
    from: begin?.get(keyOf(range)) ?? range.from,
  });
  const inputs = ranges.map(({ partition, from, to }) =>
    resumed({ topic: names.requested, partition, from, to }),
  );
  const outputs = (await outputsOf(deps)).map(resumed);
  if (typeof events !== 'string') await requireAll(reader, [...inputs, ...outputs]);
  return inputs.map((input) => ({
    input,
    stream: streams.open(input),
    outputs: outputs
      .filter(({ partition }) => partition === input.partition)
      .map((output) => ({ ...output, stream: streams.open(output) })),
  }));
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

async function* mergeLanes(lanes: readonly Lane[]): AsyncGenerator<HistoryStep, void, undefined> {
  for await (const { item: lane, record } of inOrderOfTime(lanes)) {
    const emitted: EmittedRecord[] = [];
    for await (const output of takeOutputs(lane, record.offset)) {
      if (output.source === record.offset) emitted.push(output.emitted);
      else yield strayOf(output);
    }
    yield { kind: 'command', record, emitted };
  }
  for (const lane of lanes)
    for await (const output of takeOutputs(lane, lane.input.to - 1)) yield strayOf(output);
}

type Output = {
  readonly emitted: EmittedRecord;
  /** The offset of its command in the same partition of the input; null if the record names no such command. */
  readonly source: number | null;
};

/** Yields the next records of a lane's outputs, up to and including those of the command at `offset`. */
async function* takeOutputs(
  { input, outputs }: Lane,
  offset: number,
): AsyncGenerator<Output, void, undefined> {
  for (const { kind, stream, inputEnd } of outputs) {
    const sourceOf = ({ headers }: LogRecord): number | null => {
      const source = sourceIn(kind, headers);
      return source?.topic === input.topic && source.partition === input.partition && source.offset < inputEnd
        ? source.offset
        : null;
    };
    /** Whether the record after it belongs to an earlier command that is still to come. If it stayed, it would hide that record. */
    const isOutOfOrder = async (source: number): Promise<boolean> => {
      const second = await stream.peek('second');
      const next = second === null ? null : sourceOf(second);
      return next !== null && next >= offset && next < source;
    };
    for (let record = await stream.peek(); record !== null; record = await stream.peek()) {
      const source = sourceOf(record);
      if (source !== null && source > offset && !(await isOutOfOrder(source))) break;
      stream.advance();
      // A copy that a replay wrote belongs to no command of this partition, and is no stray.
      const isCopy = source === null && replayOf(record.headers) !== null;
      if (!isCopy) yield { emitted: { kind, record }, source };
    }
  }
}

const strayOf = ({ emitted }: Output): HistoryStep => {
  const source = sourceIn(emitted.kind, emitted.record.headers);
  return { kind: 'stray', emitted, source: source && positionText(source) };
};

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
