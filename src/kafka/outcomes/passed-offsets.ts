import { Failure, failureOf } from '../../processor/failure.ts';
import type { PartitionReader } from '../read/partition-reader.ts';
import { partitionsOf } from '../topics/partition-offsets.ts';
import { isRefusedRight } from '../client/failures.ts';
import type { GroupOffsets } from '../read/group-offsets.ts';

/** How far the processor's group has come, by partition of the commands. */
export type PassedOffsets = {
  /** The last answer, and a new question if that answer is old. Never waits, so a coordinator that is away holds up nothing else. */
  known(partitions: readonly number[]): ReadonlyMap<number, number | null>;
  /** Why there is no new answer, or why the answer is of no use. */
  trouble(): Failure | undefined;
};

export type PassedOffsetsDeps = {
  readonly offsets: Pick<GroupOffsets, 'committed'>;
  readonly reader: Pick<PartitionReader, 'partitionCounts'>;
  readonly groupId: string;
  readonly topic: string;
  /** Called once if the principal may not describe the group. The outputs still show every outcome except duplicates. */
  readonly onRefused: (failure: Failure) => void;
};

const ASK_AGAIN_MS = 200;
/** An older answer may be that of topics which were deleted and created again meanwhile. */
const STALE_MS = 5_000;

const NONE: ReadonlyMap<number, number | null> = new Map();

export const createPassedOffsets = (deps: PassedOffsetsDeps): PassedOffsets => {
  const { offsets, reader, groupId, topic, onRefused } = deps;
  let answer = NONE;
  let trouble: Failure | undefined;
  let answeredAt = -Infinity;
  let isAsking = false;
  let isRefused = false;

  /** A new installation has committed nothing in some partitions; only a group without any offset is probably the wrong one. */
  const hasCommitted = async (): Promise<boolean> => {
    const count = (await reader.partitionCounts([topic])).get(topic) ?? 0;
    const all = partitionsOf(topic, count).map(({ partition }) => partition);
    return [...(await offsets.committed(topic, all)).values()].some((offset) => offset !== null);
  };

  const ask = async (partitions: readonly number[]): Promise<void> => {
    isAsking = true;
    try {
      answer = await offsets.committed(topic, partitions);
      const isUsed = [...answer.values()].some((offset) => offset !== null) || (await hasCommitted());
      trouble = isUsed ? undefined : groupUnused(groupId, topic);
    } catch (thrown) {
      trouble = failureOf(thrown);
      answer = NONE;
      if (isRefusedRight(thrown)) {
        isRefused = true;
        onRefused(thrown);
      }
    } finally {
      isAsking = false;
      answeredAt = performance.now();
    }
  };

  return {
    known: (partitions) => {
      const age = performance.now() - answeredAt;
      if (!isAsking && !isRefused && age > ASK_AGAIN_MS) void ask(partitions);
      return age > STALE_MS ? NONE : answer;
    },
    trouble: () => trouble,
  };
};

const groupUnused = (groupId: string, topic: string): Failure =>
  new Failure(
    'transient',
    'GROUP_WITHOUT_OFFSETS',
    `the consumer group ${groupId} has committed no offset of ${topic}: set processorGroupId to the KAFKA_GROUP_ID of serve, or start serve if this is its group`,
  );
