/**
 * Sends dead letters to the input topic again, each once. Every redriven record in the input names its dead letter, so the input shows
 * which dead letters were sent before.
 */
import type { TopicNames } from '../../kafka/names/topic-names.ts';
import { fits } from '../../kafka/produce/fits.ts';
import { findCopiedRecords, type CopiedRecords } from '../../kafka/read/copied-records.ts';
import { reasonOfDeadLetter } from '../../kafka/records/dead-letter-reason.ts';
import { headerList } from '../../kafka/records/headers.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import { partitionByKey } from '../../wire/partitioner.ts';
import { redrivenHeaders, redriveOf } from '../../kafka/records/redriven-letters.ts';
import { largestMessage } from '../../kafka/topics/topics.ts';
import type { Decoded, RecordCodec } from '../../processor/ports/record-codec.ts';
import type { HistoryRange } from '../../replay/history.ts';
import type { Position } from '../../wire/position.ts';
import { copyOnce, type CopyDeps, type Judged, type SourceRange } from '../copies/copy-once.ts';
import { portionsOf } from '../history/portions.ts';
import { verdictOf, type VerdictRules, type Verdict } from './verdicts.ts';

export type RedriveDeps = CopyDeps & {
  readonly names: TopicNames;
  readonly decode: RecordCodec['decode'];
  /** Called with each dead letter. */
  readonly onVerdict: (letter: LogRecord, verdict: Verdict) => void;
};

/** Which dead letters to send, and in which mode. */
export type DeadLetterFilter = {
  readonly reason: string | undefined;
  readonly schemaId: number | undefined;
  readonly maxAttempts: number;
  readonly mode: 'dry' | 'send';
  /** What to do with dead letters if it is unknown whether they were sent before. */
  readonly untraceable: 'send' | 'leave';
};

type DeadLettersRequest = DeadLetterFilter & { readonly ranges: readonly HistoryRange[] };

/** A partition, the offset where reading started, and the offset below which nothing is left to do. */
export type RedrivenPartition = {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly finished: number;
};

type Candidate = { readonly record: LogRecord; readonly decoded: Decoded };

/** Resolves when all copies are committed. */
export const redriveDeadLetters = async (
  deps: RedriveDeps,
  request: DeadLettersRequest,
): Promise<readonly RedrivenPartition[]> => {
  const { reader, names } = deps;
  const topic = names.deadLetters;
  const ranges = request.ranges
    .filter(({ from, to }) => from < to)
    .map(({ partition, from, to }): SourceRange => ({ topic, partition, from, to }));
  const copied = await copyOnce<SourceRange, Candidate, Verdict>(deps, {
    command: 'redrive',
    ranges,
    target: names.requested,
    progressGroup: `${deps.groupId}.redrive`,
    mode: request.mode,
    onVerdict: (_range, verdict, { record }) => deps.onVerdict(record, verdict),
    prepare: async (known) => {
      const starts = ranges.map((range, index) => {
        const { low, committed } = known[index] ?? { low: 0, committed: 0 };
        const finished = Math.max(committed, low);
        return { finished, from: Math.max(range.from, finished) };
      });
      const letters = () =>
        reader.read(ranges.map((range, index) => ({ ...range, from: starts[index]?.from ?? range.from })));
      const partitions = (await reader.partitionCounts([names.requested])).get(names.requested) ?? 0;
      const before = await findSentBefore(deps, letters(), partitions);
      const mostBytes = await largestMessage(deps.client, names.requested);
      const rules: VerdictRules = {
        topic: names.requested,
        ...request,
        wasSent: ({ partition, offset }) => before.found.has(String(partition), offset),
        isTraceable: (source) => request.untraceable === 'send' || isTraceable(source, before),
      };
      return {
        starts,
        candidates: decodedPortions(letters(), deps.decode),
        judge: async ({ record, decoded }): Promise<Judged<Verdict>> => {
          const copy = copyOf(record, partitions);
          const judged = verdictOf(record, decoded, rules);
          const verdict = judged === 'sent' && !(await fits(copy, mostBytes)) ? 'too-large' : judged;
          return {
            verdict,
            copy: verdict === 'sent' ? copy : null,
            isSettled: verdict === 'sent' || verdict === 'sent-before',
          };
        },
      };
    },
  });
  return (copied ?? []).map(({ range: { partition, to }, from, finished }) => ({
    partition,
    from,
    to,
    finished,
  }));
};

async function* decodedPortions(
  letters: AsyncIterable<LogRecord>,
  decode: RecordCodec['decode'],
): AsyncGenerator<readonly Candidate[], void, undefined> {
  for await (const portion of portionsOf(letters)) {
    const results = await decode(portion.map(({ value }) => value));
    yield portion.flatMap((record, index) => {
      const decoded = results[index];
      return decoded === undefined ? [] : [{ record, decoded }];
    });
  }
}

/**
 * Finds the copies in the input. A copy has a higher offset than the original record, so older records need not be read. If the input was
 * deleted and created again, offsets prove nothing, so this also starts by time: commands carry the broker's time, which dead letters keep.
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
  return findCopiedRecords(reader, {
    topic: names.requested,
    partitions,
    from: (partition) => Math.min(first.get(partition) ?? Infinity, begins[partition]?.offset ?? 0),
    copiedFrom: (headers) => {
      const from = redriveOf(headerList(headers))?.from;
      return from?.topic === names.deadLetters
        ? { partition: String(from.partition), offset: from.offset }
        : null;
    },
  });
};

/** The clocks of two brokers differ by less than this. */
const CLOCKS_DIFFER_MS = 3_600_000;

const isTraceable = ({ partition, offset }: Position, { lows, highs }: CopiedRecords): boolean => {
  const [low, high] = [lows[partition], highs[partition]];
  if (low === undefined || high === undefined) return lows.every((each) => each === 0);
  return low === 0 || (low <= offset && offset < high);
};

const copyOf = (letter: LogRecord, partitions: number) => {
  const { key, value, headers } = letter;
  const partition = reasonOfDeadLetter(headers).source?.partition ?? letter.partition;
  return {
    // Keep the partition, so that a channel's records stay together even if its publisher does not partition by murmur2.
    partition: partition < partitions ? partition : partitionByKey(key, { partition, partitions }),
    key,
    value,
    headers: redrivenHeaders(headers, letter),
  };
};
