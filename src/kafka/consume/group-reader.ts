/**
 * One membership in a consumer group, from joining to leaving. Commits offsets about once a second, only of records that are done. Rejects
 * with a `Failure` if the member cannot join or the client stops retrying; the caller may then start a new membership.
 */
import type { Pacer } from '../../processor/ports/breakers.ts';
import type { KafkaClient } from '../client/client.ts';
import { settledWithinMs } from '../client/deadline.ts';
import { kafkaFailure, MEMBER } from '../client/failures.ts';
import { unlessAborted } from '../client/on-abort.ts';
import { withFilteredBatches } from '../patches/filtered-batches.ts';
import { withFinish } from '../patches/finished-handlers.ts';
import type { PartitionOffset } from '../topics/partition-offsets.ts';
import { createConsumerControls } from './consumer-controls.ts';
import type { GroupStarts } from './group-starts.ts';
import { createPartitionLanes, type LaneHandler } from './partition-lanes.ts';

export type GroupReaderDeps = {
  readonly client: Pick<KafkaClient, 'consumer'>;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly starts: GroupStarts;
  readonly handler: LaneHandler;
  readonly pacer: Pacer;
  /** Ends the membership as soon as the handlers in flight are done. */
  readonly stopping: AbortSignal;
  readonly onJoined: () => void;
  /** Called after each join when it is known where all assigned partitions begin. */
  readonly onReady: () => void;
  /** How long a stop waits for the handlers in flight. Their records are not committed if they take longer. */
  readonly stopWithinMs: number;
};

const OPTIONS = {
  sessionTimeout: 30_000,
  rebalanceTimeout: 60_000,
  heartbeatInterval: 3_000,
  // A stop waits for the fetch in flight, and so does a partition that is resumed after a pause.
  maxWaitTimeInMs: 250,
  // How long added partitions may go unnoticed; the client's default is five minutes.
  metadataMaxAge: 10_000,
  // kafkajs would restart by itself without reporting it, depending only on the error's class.
  retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
};

const COMMIT_MS = 1_000;

/** How many partitions are worked on at the same time; batches of further partitions queue up. */
const SIDE_BY_SIDE = 128;

/** How long a handler may take after its membership was lost, before its partitions are read again. */
const FINISHING_MS = 50_000;

/** How often such a wait looks whether the reader is told to stop. */
const LOOK_MS = 500;

export const readAsGroupMember = async (deps: GroupReaderDeps): Promise<void> => {
  const { client, groupId, topics, starts, handler, pacer, stopping, onJoined, onReady, stopWithinMs } = deps;
  const consumer = client.consumer({ groupId, ...OPTIONS });
  const controls = new Map(topics.map((topic) => [topic, createConsumerControls(consumer, topic)]));
  const commit = (offsets: readonly PartitionOffset[]): Promise<void> =>
    consumer.commitOffsets(
      offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
    );
  const isStopping = (): boolean => stopping.aborted;
  const lanes = createPartitionLanes({ controls, handler, starts, commit, pacer, isStopping });

  let hasJoined = false;
  const membership = new AbortController();
  const ended = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      // Without the pause, kafkajs would hand over the same records again and again while the last handlers finish.
      for (const topicControls of controls.values()) topicControls.pauseAll();
      resolve();
      // A member that is still joining leaves at once: the group waits for it.
      if (!hasJoined) void consumer.disconnect().catch(() => undefined);
    };
    stopping.addEventListener('abort', stop, { signal: membership.signal });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error);
    });
  });
  // The consumer may crash while it is still joining, before `ended` is awaited.
  ended.catch(() => undefined);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    hasJoined = true;
    onJoined();
    lanes.joined(
      Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
      onReady,
    );
  });
  const committing = setInterval(() => void lanes.commitProgress(), COMMIT_MS);

  try {
    // A broker that does not answer would hold up a stop for a minute.
    await unlessAborted(stopping, starts.expectTopics(topics));
    if (isStopping()) return;
    await unlessAborted(stopping, consumer.connect());
    if (isStopping()) return;
    // `starts` says where each partition begins. If the log no longer has that offset, kafkajs begins at the first record.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (isStopping()) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: SIDE_BY_SIDE,
      eachBatch: withFinish(
        withFilteredBatches((payload) => lanes.eachBatch(payload)),
        (heartbeat) => lanes.finish(heartbeat),
      ),
    });
    await ended;
  } catch (error) {
    throw kafkaFailure(error, `reading ${topics.join(', ')} as group ${groupId}`, MEMBER);
  } finally {
    membership.abort();
    clearInterval(committing);
    const deadline = performance.now() + FINISHING_MS;
    while (!isStopping() && performance.now() < deadline)
      if (await settledWithinMs(LOOK_MS, lanes.idle())) break;
    if (isStopping()) await settledWithinMs(stopWithinMs, lanes.idle());
    await lanes.commitProgress();
    lanes.close();
    await consumer.disconnect().catch(() => undefined);
  }
};
