/**
 * Copies records into a topic, each once. `emit` copies events, and `redrive` copies dead letters.
 *
 * 1. Fences every process that copies from the same partitions into the same topic.
 * 2. Reads which records the target already holds. The target decides what is left to copy: the group's offset only says below which
 *    offset nothing is left to do. So lost offsets neither repeat nor skip a record.
 * 3. Judges each record, and copies it in transactions that also commit the progress of the group.
 */
import type { KafkaClient } from '../../kafka/client/client.ts';
import { laneIdOf } from '../../kafka/names/joined-names.ts';
import { openCopyLane, type Copy, type CopyLane } from '../../kafka/produce/copy-lane.ts';
import { createFinishedOffset, type FinishedOffset } from '../../kafka/read/finished-offset.ts';
import { createGroupOffsets } from '../../kafka/read/group-offsets.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import type { TopicPartition } from '../../kafka/records/log-record.ts';

export type CopyDeps = {
  readonly client: KafkaClient;
  readonly reader: PartitionReader;
  readonly groupId: string;
  readonly interrupted: AbortSignal;
  readonly onClose: (close: () => Promise<void>) => void;
  /** Called after each commit. */
  readonly onCopied: (records: number) => void;
};

/** A partition to copy from, between two offsets. `to` is exclusive. */
export type SourceRange = TopicPartition & { readonly from: number; readonly to: number };

/** The first offset that the source still holds, and the offset below which the group has nothing left to do. */
export type KnownProgress = { readonly low: number; readonly committed: number };

/** `from`: the first offset to read. `finished`: below this offset, nothing is left to do. */
export type RangeStart = { readonly from: number; readonly finished: number };

/** `copy` is null if the record is not copied. `isSettled` is false if the record is left for a later run. */
export type Judged<Verdict> = {
  readonly verdict: Verdict;
  readonly copy: Copy | null;
  readonly isSettled: boolean;
};

export type Candidate = { readonly record: TopicPartition & { readonly offset: number } };

export type CopyJob<Range extends SourceRange, R extends Candidate, Verdict> = {
  readonly command: 'emit' | 'redrive';
  readonly ranges: readonly Range[];
  readonly target: string;
  /** The consumer group that commits the progress; null if the source is a file, whose offsets may be another cluster's. */
  readonly progressGroup: string | null;
  readonly mode: 'dry' | 'send';
  /**
   * Runs after the fencing, so it finds everything that other processes have copied into the target. `known` has an entry for each range.
   */
  readonly prepare: (known: readonly KnownProgress[]) => Promise<Prepared<R, Verdict>>;
  readonly onVerdict: (range: Range, verdict: Verdict, candidate: R) => void;
};

export type Prepared<R, Verdict> = {
  /** One for each range, in order. */
  readonly starts: readonly RangeStart[];
  readonly candidates: AsyncIterable<readonly R[]>;
  readonly judge: (candidate: R) => Judged<Verdict> | Promise<Judged<Verdict>>;
};

/** A range, the offset where reading started, and the offset below which nothing is left to do. */
export type CopiedRange<Range> = {
  readonly range: Range;
  readonly from: number;
  readonly finished: number;
};

/** Resolves when all copies are committed. Null if it was interrupted. */
export const copyOnce = async <Range extends SourceRange, R extends Candidate, Verdict>(
  deps: CopyDeps,
  job: CopyJob<Range, R, Verdict>,
): Promise<readonly CopiedRange<Range>[] | null> => {
  const finishedOf = new Map<Range, FinishedOffset>();
  const copiers = await Promise.all(
    job.ranges.map(async (range) =>
      job.mode === 'dry' ? null : openCopier(deps, job, range, () => finishedOf.get(range)?.offset() ?? 0),
    ),
  );
  const { starts, candidates, judge } = await job.prepare(await knownOf(deps, job));
  const lanes = job.ranges.map((range, index) => {
    const { from, finished } = starts[index] ?? { from: range.from, finished: 0 };
    const progress = createFinishedOffset({ finishedBefore: finished, from });
    finishedOf.set(range, progress);
    return { range, from, finished: progress, copier: copiers[index] ?? null };
  });
  const laneOf = new Map(lanes.map((lane) => [keyOf(lane.range), lane]));

  for await (const portion of candidates) {
    for (const candidate of portion) {
      if (deps.interrupted.aborted) return null;
      const lane = laneOf.get(keyOf(candidate.record));
      if (lane === undefined) continue;
      const { verdict, copy, isSettled } = await judge(candidate);
      if (copy !== null) await lane.copier?.take(copy);
      if (isSettled) lane.finished.markDone(candidate.record.offset);
      else lane.finished.markLeft(candidate.record.offset);
      job.onVerdict(lane.range, verdict, candidate);
    }
  }
  for (const { range, finished } of lanes) finished.markReadTo(range.to);
  await Promise.all(lanes.flatMap(({ copier }) => copier?.finish() ?? []));
  return lanes.map(({ range, from, finished }) => ({ range, from, finished: finished.offset() }));
};

const openCopier = async (
  { client, groupId, onClose, onCopied }: CopyDeps,
  {
    command,
    target,
    progressGroup,
  }: Pick<CopyJob<never, never, never>, 'command' | 'target' | 'progressGroup'>,
  { topic, partition }: TopicPartition,
  finished: () => number,
): Promise<CopyLane> => {
  const copier = await openCopyLane({
    client,
    target,
    source: { topic, partition },
    transactionalId: laneIdOf(groupId, command, { topic, partition }, target),
    ...(progressGroup !== null && { progress: { groupId: progressGroup, finished } }),
    onCopied,
  });
  onClose(() => copier.stop());
  return copier;
};

const knownOf = async (
  { client, reader, onClose }: CopyDeps,
  {
    ranges,
    progressGroup,
  }: { readonly ranges: readonly SourceRange[]; readonly progressGroup: string | null },
): Promise<readonly KnownProgress[]> => {
  if (progressGroup === null) return ranges.map(() => ({ low: 0, committed: 0 }));
  const offsets = createGroupOffsets(client, progressGroup);
  onClose(() => offsets.close());
  const committed = await Promise.all(
    ranges.map(async ({ topic, partition }) => (await offsets.committed(topic, [partition])).get(partition)),
  );
  const bounds = await reader.bounds(ranges.map(({ topic, partition }) => ({ topic, partition })));
  return ranges.map((_, index) => ({
    low: bounds[index]?.low ?? 0,
    committed: committed[index] ?? 0,
  }));
};

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;
