import { Failure, failureOf } from '../../processor/failure.ts';
import { isRefusedRight } from '../client/failures.ts';
import type { GroupOffsets } from '../read/group-offsets.ts';

/** How far the processor's group has come, by partition of the commands. */
export type PassedOffsets = {
  /** The last answer, and a new question if that answer is old. Never waits, so a coordinator that is away holds up nothing else. */
  known(partitions: readonly number[]): ReadonlyMap<number, number | null>;
  /** Why there is no new answer. */
  trouble(): Failure | undefined;
};

export type PassedOffsetsDeps = {
  readonly offsets: Pick<GroupOffsets, 'committed'>;
  readonly topic: string;
  /** Called once if the principal may not describe the group. The outputs still show every outcome except duplicates. */
  readonly onRefused: (failure: Failure) => void;
};

const ASK_AGAIN_MS = 200;
/** An older answer may be that of topics which were deleted and created again meanwhile. */
const STALE_MS = 5_000;

const NONE: ReadonlyMap<number, number | null> = new Map();

export const createPassedOffsets = ({ offsets, topic, onRefused }: PassedOffsetsDeps): PassedOffsets => {
  let answer = NONE;
  let trouble: Failure | undefined;
  let answeredAt = -Infinity;
  let isAsking = false;
  let isRefused = false;

  const ask = async (partitions: readonly number[]): Promise<void> => {
    isAsking = true;
    try {
      answer = await offsets.committed(topic, partitions);
      trouble = undefined;
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
