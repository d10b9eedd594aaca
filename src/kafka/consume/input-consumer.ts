/**
 * The consumer of the input topic: a group member that reads only committed records and hands over batches of its partitions side by side.
 * It commits nothing itself: the handler commits inside its transactions. If kafkajs stops retrying, this consumer starts a new member. If
 * a retry cannot help, it calls `onFatal` once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { type Failure, passesInTime } from '../../processor/failure.ts';
import type { BatchHandler } from '../../processor/ports/batch-handler.ts';
import type { KafkaClient } from '../client/client.ts';
import { settledWithinMs } from '../client/deadline.ts';
import { kafkaFailure, MEMBER } from '../client/failures.ts';
import { withFilteredBatches } from '../patches/filtered-batches.ts';
import { generationOf } from '../patches/group-generation.ts';
import { createBatchFeed, type BatchFeed } from './batch-feed.ts';
import { createConsumerControls, type ConsumerControls } from './consumer-controls.ts';
import type { StateRecorder } from './consumer-state.ts';
import { assignerWith, type MemberFacts } from './member-facts.ts';

export type InputConsumerDeps = {
  readonly client: Pick<KafkaClient, 'consumer'>;
  readonly groupId: string;
  readonly topic: string;
  /** What the member says about its process to everybody who looks at the group. */
  readonly facts: MemberFacts;
  readonly handler: BatchHandler;
  /** Records what the consumer does, for health and metrics. */
  readonly recorder: StateRecorder;
  /** How long `stop` may take; its steps share this time. */
  readonly stopWithinMs: number;
  /** Called after the consumer has stopped reading for good; the process should end. */
  readonly onFatal: (failure: Failure) => void;
  /** Called with the reason if the consumer cannot read: once, until it has joined again. The consumer keeps trying. */
  readonly onWaiting?: (failure: Failure) => void;
  /** Called when the group's coordinator has answered a heartbeat. */
  readonly onHeartbeat?: () => void;
};

export type InputConsumer = {
  /** Joins the group. Rejects with a transient `Failure` while no broker can be reached. */
  start(): Promise<void>;
  /**
   * Finishes the batches in flight, drains the handler and leaves the group. Resolves with false if a step took too long, which leaves its
   * work to the next owner. Never rejects, and takes at most `stopWithinMs`.
   */
  stop(): Promise<boolean>;
  /** Fetches every partition of this member from its first record again. The handler then seeks to the right offset. */
  readFromStart(): void;
};

const OPTIONS = {
  sessionTimeout: 30_000,
  rebalanceTimeout: 60_000,
  heartbeatInterval: 3_000,
  // A fetch is answered at once if there are records. Without records, a seek or a resumed partition waits so long for the next fetch.
  maxWaitTimeInMs: 250,
  maxBytesPerPartition: 1024 * 1024,
  maxBytes: 16 * 1024 * 1024,
  // How long added partitions may go unnoticed; the client's default is five minutes.
  metadataMaxAge: 10_000,
};
/** How many partitions are handled at the same time; batches of further partitions queue up. */
const SIDE_BY_SIDE = 128;
const RESTART_MS = 1_000;
/** How long leaving the group may take after a failed join. */
const LEAVING_MS = 5_000;
/** Shares of the time to stop. The remainder is for closing the connections afterwards. */
const STARTING = 0.1;
const FINISHING = 0.5;
const DRAINING = 0.15;
const LEAVING = 0.15;

type Running = { readonly consumer: Consumer; readonly controls: ConsumerControls; readonly feed: BatchFeed };

export const createInputConsumer = ({
  client,
  groupId,
  topic,
  facts,
  handler,
  recorder,
  stopWithinMs,
  onFatal,
  onWaiting,
  onHeartbeat,
}: InputConsumerDeps): InputConsumer => {
  const consuming = `consuming ${topic} in ${groupId}`;
  let running: Running | null = null;
  let starting: Promise<void> = Promise.resolve();
  let stopping = false;
  let abandoned = false;
  let failed = false;
  let isToldToWait = false;

  const fail = (failure: Failure): void => {
    if (failed) return;
    failed = true;
    running?.controls.pauseAll();
    onFatal(failure);
  };

  const run = (): Promise<void> => (starting = join());

  const join = async (): Promise<void> => {
    const consumer = client.consumer({
      groupId,
      ...OPTIONS,
      partitionAssigners: [assignerWith(facts)],
      retry: {
        // A consumer that stops retrying returns as a new member, which must wait until the old member's session has expired.
        retries: Number.MAX_SAFE_INTEGER,
        // kafkajs would decide by the error's class alone whether to restart; `restartAfterCrash` decides instead.
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    const controls = createConsumerControls(consumer, topic);
    const feed = createBatchFeed({
      controls,
      handler,
      recorder,
      isStopping: () => stopping || failed,
      isAbandoned: () => abandoned,
      onFatal: fail,
    });
    observe(consumer, feed);
    running = { consumer, controls, feed };
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      if (stopping) return;
      await consumer.run({
        autoCommit: false,
        // The feed resolves each part that was handled, and markers with the last part. All others are fetched again.
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: SIDE_BY_SIDE,
        eachBatch: withFilteredBatches((payload) => feed.eachBatch(payload)),
      });
    } catch (thrown) {
      feed.close();
      await settledWithinMs(LEAVING_MS, consumer.disconnect());
      throw kafkaFailure(thrown, `joining ${groupId} on ${topic}`, MEMBER);
    }
  };

  const observe = (consumer: Consumer, feed: BatchFeed): void => {
    const { GROUP_JOIN, HEARTBEAT, FETCH_START, FETCH, REQUEST_TIMEOUT, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      const generation = generationOf(payload.memberId) ?? -1;
      const partitions = payload.memberAssignment[topic] ?? [];
      feed.joined(generation);
      recorder.joined(generation, partitions);
      isToldToWait = false;
      handler.assigned(partitions);
    });
    consumer.on(HEARTBEAT, () => {
      recorder.active();
      onHeartbeat?.();
    });
    // A failed attempt is a sign of life, too: unreachable brokers are no reason to end the process.
    consumer.on(FETCH_START, recorder.active);
    consumer.on(FETCH, recorder.active);
    consumer.on(REQUEST_TIMEOUT, recorder.active);
    consumer.on(CRASH, ({ payload }) => {
      feed.close();
      recorder.left();
      void restartAfterCrash(kafkaFailure(payload.error, consuming, MEMBER));
    });
  };

  const restartAfterCrash = async (failure: Failure): Promise<void> => {
    if (failure.kind === 'fatal' && !passesInTime(failure)) {
      fail(failure);
      return;
    }
    recorder.active();
    if (!isToldToWait && !stopping) onWaiting?.(failure);
    isToldToWait = true;
    await sleep(RESTART_MS);
    if (!stopping)
      await run().catch((thrown: unknown) => restartAfterCrash(kafkaFailure(thrown, consuming, MEMBER)));
  };

  return {
    readFromStart: () => {
      for (const { partition } of recorder.state().partitions) running?.controls.seek(partition, 0);
    },
    start: run,
    stop: async () => {
      stopping = true;
      running?.controls.pauseAll();
      // A member that is still joining has nothing to finish, and the group waits for it. So it leaves first.
      if (!recorder.state().joined) {
        await settledWithinMs(
          STARTING * stopWithinMs,
          Promise.all([starting, running?.consumer.disconnect()]),
        );
      }
      const finished =
        running === null || (await settledWithinMs(FINISHING * stopWithinMs, running.feed.idle()));
      abandoned = true;
      const drained = await settledWithinMs(DRAINING * stopWithinMs, handler.drain());
      running?.feed.close();
      if (running !== null) await settledWithinMs(LEAVING * stopWithinMs, running.consumer.disconnect());
      recorder.left();
      return finished && drained;
    },
  };
};
