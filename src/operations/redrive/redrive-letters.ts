/**
 * Sends dead letters again, each once. What was sent before is read from the input itself, where every redriven record names its
 * dead letter; the group's offset only says below which letter nothing is left to do. So neither a filter nor lost offsets make
 * anything come twice or be left out.
 */
import type { RecordCodec } from '../../processor/ports.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import { fits } from '../../kafka/compression/fits.ts';
import { findCopiedRecords, type CopiedRecords } from '../../kafka/copied-records.ts';
import { openCopyLane, type CopyLane } from '../../kafka/copy-lane.ts';
import { reasonOfDeadLetter } from '../../kafka/dead-letter-reason.ts';
import { createFinishedOffset, type FinishedOffset } from '../../kafka/finished-offset.ts';
import { createGroupOffsets } from '../../kafka/group-offsets.ts';
import { laneIdOf } from '../../kafka/joined-names.ts';
import type { LogRecord } from '../../kafka/log-record.ts';
import type { PartitionReader } from '../../kafka/partition-reader.ts';
import { partitionByKey } from '../../kafka/partitioner.ts';
import { headerList } from '../../kafka/headers.ts';
import { redrivenHeaders, redriveOf } from '../../kafka/redriven-letters.ts';
import type { SourcePosition } from '../../kafka/source-position.ts';
import { largestMessage } from '../../kafka/topics.ts';
import type { TopicNames } from '../../kafka/topic-names.ts';
import type { HistoryRange } from '../../replay/history.ts';
import { portionsOf } from '../history/portions.ts';
import { verdictOf, type Verdict } from './letter-verdicts.ts';

export type RedriveDeps = {
  readonly client: KafkaClient;
  readonly reader: PartitionReader;
  readonly names: TopicNames;
  readonly groupId: string;
  readonly decode: RecordCodec['decode'];
  readonly interrupted: AbortSignal;
  readonly onClose: (close: () => Promise<void>) => void;
  /** Told of each letter that was judged. */
  readonly onVerdict: (letter: LogRecord, verdict: Verdict) => void;
  readonly onCopied: (records: number) => void;
};

/** Which letters are sent, and whether they are. */
export type LetterFilter = {
  readonly reason: string | undefined;
  readonly schemaId: number | undefined;
  readonly maxAttempts: number;
  readonly mode: 'dry' | 'send';
  /** What becomes of letters of which nobody can tell whether they were sent before. */
  readonly untraceable: 'send' | 'leave';
};

type LettersRequest = LetterFilter & { readonly ranges: readonly HistoryRange[] };

/** Where a partition's letters were begun with, and below which nothing is left to do. */
export type RedrivenPartition = {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly finished: number;
};

/** Resolves when everything that was sent is committed. */
export const redriveLetters = async (
  deps: RedriveDeps,
  request: LettersRequest,
): Promise<readonly RedrivenPartition[]> => {
  const { reader, names, interrupted, onVerdict } = deps;
  const topic = names.deadLetters;
  const lanes = await openLanes(deps, request);
  const ranges = lanes.map(({ range }) => range);
  const letters = () =>
    reader.read(ranges.map(({ partition, from, to }) => ({ topic, partition, from, to })));
  const partitions = (await reader.partitionCounts([names.requested])).get(names.requested) ?? 0;
  const before = await findSentBefore(deps, letters(), partitions);
  const mostBytes = await largestMessage(deps.client, names.requested);
  const laneOf = new Map(lanes.map((lane) => [lane.range.partition, lane]));
  const rules = {
    topic: names.requested,
    ...request,
    wasSent: ({ partition, offset }: LogRecord) => before.found.has(String(partition), offset),
    isTraceable: (source: SourcePosition) => request.untraceable === 'send' || isTraceable(source, before),
  };

  for await (const portion of portionsOf(letters())) {
    const decoded = await deps.decode(portion.map(({ value }) => value));
    for (const [index, letter] of portion.entries()) {
      if (interrupted.aborted) return [];
      const lane = laneOf.get(letter.partition);
      const result = decoded[index];
      if (lane === undefined || result === undefined) continue;
      const copy = copyOf(letter, partitions);
      const judged = verdictOf(letter, result, rules);
      const verdict = judged === 'sent' && !(await fits(copy, mostBytes)) ? 'too-large' : judged;
      if (verdict === 'sent') await lane.copier?.take(copy);
      if (verdict === 'sent' || verdict === 'sent-before') lane.finished.done(letter.offset);
      else lane.finished.left(letter.offset);
      onVerdict(letter, verdict);
    }
  }
  for (const { finished, range } of lanes) finished.reached(range.to);
  await Promise.all(lanes.flatMap(({ copier }) => copier?.finish() ?? []));
  return lanes.map(({ range: { partition, from, to }, finished }) => ({
    partition,
    from,
    to,
    finished: finished.offset(),
  }));
};

type Lane = {
  readonly range: Pick<HistoryRange, 'partition' | 'from' | 'to'>;
  readonly finished: FinishedOffset;
  /** Without, nothing is written. */
  readonly copier: CopyLane | null;
};

/** One a partition that has letters. A lane fences whoever else sends them, so what it then finds in the input is all there is. */
const openLanes = async (deps: RedriveDeps, request: LettersRequest): Promise<readonly Lane[]> => {
  const { client, reader, names, onClose, onCopied } = deps;
  const topic = names.deadLetters;
  const groupId = `${deps.groupId}.redrive`;
  const offsets = createGroupOffsets(client, groupId);
  onClose(() => offsets.close());
  const wanted = request.ranges.filter(({ from, to }) => from < to);
  const known = new Map<number, FinishedOffset>();
  const copiers = await Promise.all(
    wanted.map(async ({ partition }) => {
      if (request.mode === 'dry') return null;
      const copier = await openCopyLane({
        client,
        target: names.requested,
        source: { topic, partition },
        transactionalId: laneIdOf(deps.groupId, 'redrive', { topic, partition }, names.requested),
        progress: { groupId, finished: () => known.get(partition)?.offset() ?? 0 },
        onCopied,
      });
      onClose(() => copier.stop());
      return copier;
    }),
  );
  const committed = await offsets.committed(
    topic,
    wanted.map(({ partition }) => partition),
  );
  const bounds = await reader.bounds(wanted.map(({ partition }) => ({ topic, partition })));
  return wanted.map((range, index) => {
    const before = Math.max(committed.get(range.partition) ?? 0, bounds[index]?.low ?? 0);
    const from = Math.max(range.from, before);
    const finished = createFinishedOffset(before, from);
    known.set(range.partition, finished);
    return { range: { ...range, from }, finished, copier: copiers[index] ?? null };
  });
};

/**
 * A letter's copy stands behind where its record stood. Where the input was created anew its offsets say nothing, yet its time does:
 * commands bear the broker's, and their dead letters keep it.
 */
const findSentBefore = async (
  { reader, names }: RedriveDeps,
  letters: AsyncIterable<LogRecord>,
  partitions: number,
): Promise<CopiedRecords> => {
  const first = new Map<number, number>();
  let earliest = Infinity;
  for await (const { headers, timestamp } of letters) {
    const { source } = reasonOfDeadLetter(headers);
    if (source === null || source.topic !== names.requested) continue;
    first.set(source.partition, Math.min(first.get(source.partition) ?? Infinity, source.offset));
    earliest = Math.min(earliest, timestamp);
  }
  const begins = await reader.offsetsForTime(
    Array.from({ length: partitions }, (_, partition) => ({ topic: names.requested, partition })),
    Math.max(0, Math.min(earliest, Date.now()) - CLOCKS_DIFFER_MS),
  );
  return findCopiedRecords(
    reader,
    names.requested,
    partitions,
    (partition) => Math.min(first.get(partition) ?? Infinity, begins[partition]?.offset ?? 0),
    (headers) => {
      const from = redriveOf(headerList(headers))?.from;
      return from?.topic === names.deadLetters
        ? { partition: String(from.partition), offset: from.offset }
        : null;
    },
  );
};

/** Those of brokers at most. */
const CLOCKS_DIFFER_MS = 3_600_000;

const isTraceable = ({ partition, offset }: SourcePosition, { lows, highs }: CopiedRecords): boolean => {
  const [low, high] = [lows[partition], highs[partition]];
  if (low === undefined || high === undefined) return lows.every((each) => each === 0);
  return low === 0 || (low <= offset && offset < high);
};

const copyOf = (letter: LogRecord, partitions: number) => {
  const { key, value, headers } = letter;
  const partition = reasonOfDeadLetter(headers).source?.partition ?? letter.partition;
  return {
    // A channel's records stay in one partition, whatever its publisher partitions by.
    partition: partition < partitions ? partition : partitionByKey(key, partition, partitions),
    key,
    value,
    headers: redrivenHeaders(headers, letter),
  };
};
