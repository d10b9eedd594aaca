/**
 * Handles the records that kafkajs has fetched, each partition in its own lane: the records of a lane in order, the lanes side by side.
 * kafkajs fetches nothing more from a broker until its handlers have returned. So a lane that takes long continues in the background while
 * its partition is paused, and a record that failed is fetched again after a pause. Only the partition of that lane waits.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EachBatchPayload } from 'kafkajs';
import type { Failure } from '../../processor/failure.ts';
import type { Pacer } from '../../processor/ports/breakers.ts';
import { settledWithinMs } from '../client/deadline.ts';
import { kafkaFailure } from '../client/failures.ts';
import { recordOf, type LogRecord, type TopicPartition } from '../records/log-record.ts';
import { keyOf, type PartitionOffset } from '../topics/partition-offsets.ts';
import type { ConsumerControls } from './consumer-controls.ts';
import type { GroupStarts } from './group-starts.ts';
import { createPauses, type Pauses } from './pauses.ts';

/** Records that the log no longer holds: the group had reached `reached`, and continues at `continuesAt`. */
export type Gap = TopicPartition & { readonly reached: number; readonly continuesAt: number };

/** What a handler may ask and report while it works through the records of a lane. */
export type LaneProgress = {
  /** False once the partition may be another member's, or the reader is stopping. */
  isCurrent(): boolean;
  /** Call this when the record is done and need not be delivered again. */
  resolve(offset: number): void;
};

/** `left`: the partition is no longer current, so the remaining records were not started. */
export type LaneResult =
  | { readonly kind: 'done' | 'left' }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly offset: number };

export type LaneHandler = {
  /** Never rejects. */
  deliver(records: readonly LogRecord[], progress: LaneProgress): Promise<LaneResult>;
  /** The lane continues when this resolves. If this rejects, it is called again later. */
  gap(gap: Gap): Promise<void>;
  /** Called when something failed and will be retried. */
  waits(
    failure: Failure,
    attempt: number,
    position: TopicPartition & { readonly offset: number | null },
  ): void;
};

export type PartitionLanesDeps = {
  readonly controls: ReadonlyMap<string, ConsumerControls>;
  readonly handler: LaneHandler;
  readonly starts: Pick<GroupStarts, 'findOrCommit'>;
  readonly commit: (offsets: readonly PartitionOffset[]) => Promise<void>;
  readonly pacer: Pacer;
  readonly isStopping: () => boolean;
};

export type PartitionLanes = {
  eachBatch(payload: EachBatchPayload): Promise<void>;
  /** The group was joined. The partitions are read when their starts are known; `onReady` is called when all of them are. */
  joined(partitions: readonly TopicPartition[], onReady: () => void): void;
  /** Starts no more records, and waits up to 50 seconds for the records in flight. The member stays in the group meanwhile. */
  finish(heartbeat: () => Promise<void>): Promise<void>;
  /** Resolves when no record is being handled. */
  idle(): Promise<void>;
  /** Commits the offsets of records that are done; after a failure, they are committed with the next ones. Never rejects. */
  commitProgress(): Promise<void>;
  /** Records that are still in flight no longer count for any membership. */
  close(): void;
};

type Lane = TopicPartition & {
  /** The offset that the group has reached. */
  next: number;
  /** How often the record at `next` has failed. */
  attempt: number;
};

type LaneBatch = {
  readonly first: number;
  readonly end: number;
  readonly records: readonly LogRecord[];
  resolve(offset: number): void;
};

/** If this were shorter, each slow handler would cost its partition a fetch. */
const PATIENCE_MS = 1_000;
/** Below the rebalance timeout of 60 seconds. */
const FINISHING_MS = 50_000;
const HEARTBEAT_MS = 3_000;
/** Without this pause, kafkajs would fetch unresolved records again at once. */
const NOT_NOW_MS = 100;

export const createPartitionLanes = (deps: PartitionLanesDeps): PartitionLanes => {
  const { controls, handler, starts, commit, pacer, isStopping } = deps;
  const pauses = new Map<string, Pauses>(
    [...controls].map(([topic, topicControls]) => [topic, createPauses(topicControls)]),
  );
  const running = new Map<string, Promise<void>>();
  const progress = new Map<string, PartitionOffset>();
  let lanes = new Map<string, Lane>();
  let generation = 0;
  let finishing = false;

  const hold = ({ topic, partition }: TopicPartition): (() => void) =>
    pauses.get(topic)?.hold(partition) ?? (() => undefined);

  const fail = (lane: Lane, failure: Failure, offset: number): void => {
    lane.attempt++;
    const { topic, partition } = lane;
    handler.waits(failure, lane.attempt, { topic, partition, offset });
    void pacer.beforeRetry(lane.attempt).then(hold(lane));
  };

  const reach = (lane: Lane, next: number): void => {
    const { topic, partition } = lane;
    lane.next = next;
    lane.attempt = 0;
    progress.set(keyOf(lane), { topic, partition, offset: next });
  };

  const passGap = async (lane: Lane, continuesAt: number): Promise<boolean> => {
    const { topic, partition, next } = lane;
    try {
      await handler.gap({ topic, partition, reached: next, continuesAt });
      return true;
    } catch (thrown) {
      fail(lane, kafkaFailure(thrown, `reporting the gap in ${keyOf(lane)}`), next);
      return false;
    }
  };

  const work = async (lane: Lane, { first, end, records, resolve }: LaneBatch): Promise<void> => {
    const generationAtStart = generation;
    const isOurs = (): boolean => generation === generationAtStart;
    if (first !== lane.next) {
      if (!(await passGap(lane, first)) || !isOurs()) return;
      reach(lane, first);
    }
    const markDone = (offset: number): void => {
      if (!isOurs()) return;
      resolve(offset);
      reach(lane, offset + 1);
    };
    const result = await handler.deliver(records, {
      isCurrent: () => isOurs() && !finishing && !isStopping(),
      resolve: markDone,
    });
    if (!isOurs()) return;
    if (result.kind === 'failed') fail(lane, result.failure, result.offset);
    if (result.kind === 'done' && end > lane.next) markDone(end - 1);
  };

  const start = (lane: Lane, batch: LaneBatch): Promise<void> => {
    const key = keyOf(lane);
    const working = work(lane, batch).finally(() => running.delete(key));
    running.set(key, working);
    return working;
  };

  const begin = async (topicPartition: TopicPartition, release: () => void): Promise<void> => {
    const generationAtStart = generation;
    const isCurrent = (): boolean => generation === generationAtStart && !finishing && !isStopping();
    // Wait for a handler of an older generation that did not finish in time: two handlers of one partition never run side by side.
    await running.get(keyOf(topicPartition));
    for (let attempt = 1; isCurrent(); attempt++) {
      try {
        const groupStart = await starts.findOrCommit(topicPartition, { commit, isCurrent });
        if (groupStart === null || !isCurrent()) return;
        const { offset, reached } = groupStart;
        const lane: Lane = { ...topicPartition, next: reached, attempt: 0 };
        lanes.set(keyOf(topicPartition), lane);
        controls.get(topicPartition.topic)?.seek(topicPartition.partition, offset);
        if (offset !== reached) await start(lane, { first: offset, end: offset, records: [], resolve: noop });
        release();
        return;
      } catch (thrown) {
        const failure = kafkaFailure(thrown, `starting to read ${keyOf(topicPartition)}`);
        if (failure.kind !== 'fenced') handler.waits(failure, attempt, { ...topicPartition, offset: null });
        await pacer.beforeRetry(attempt);
      }
    }
  };

  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running.values());
  };

  const commitProgress = async (): Promise<void> => {
    const committing = [...progress];
    if (committing.length === 0) return;
    const generationAtStart = generation;
    progress.clear();
    try {
      await commit(committing.map(([, offset]) => offset));
    } catch {
      if (generation !== generationAtStart) return;
      for (const [key, offset] of committing) if (!progress.has(key)) progress.set(key, offset);
    }
  };

  return {
    eachBatch: async ({ batch, resolveOffset }) => {
      const { topic, partition } = batch;
      const lane = lanes.get(keyOf(batch));
      if (lane === undefined || running.has(keyOf(batch)) || finishing || isStopping()) {
        await sleep(NOT_NOW_MS);
        return;
      }
      const working = start(lane, {
        first: Number((batch as typeof batch & { readonly fetchedOffset: string }).fetchedOffset),
        end: Number(batch.lastOffset()) + 1,
        records: batch.messages.map((message) => ({ topic, partition, ...recordOf(message) })),
        resolve: (offset) => {
          resolveOffset(String(offset));
        },
      });
      if (!(await settledWithinMs(PATIENCE_MS, working))) void working.then(hold(batch));
    },
    joined: (partitions, onReady) => {
      const joined = ++generation;
      finishing = false;
      lanes = new Map();
      progress.clear();
      for (const topicPauses of pauses.values()) topicPauses.resumeAll();
      void Promise.all(partitions.map((topicPartition) => begin(topicPartition, hold(topicPartition)))).then(
        () => {
          if (generation === joined && partitions.every((topicPartition) => lanes.has(keyOf(topicPartition))))
            onReady();
        },
      );
    },
    finish: async (heartbeat) => {
      finishing = true;
      const generationAtStart = generation;
      const deadline = performance.now() + FINISHING_MS;
      while (running.size > 0 && performance.now() < deadline && generation === generationAtStart)
        if (!(await settledWithinMs(HEARTBEAT_MS, idle()))) await heartbeat().catch(noop);
      await commitProgress();
    },
    idle,
    commitProgress,
    close: () => {
      generation++;
      for (const topicPauses of pauses.values()) topicPauses.close();
    },
  };
};

const noop = (): void => undefined;
