/**
 * One membership in a consumer group, from joining to leaving. Offsets are committed about once a second, only of records that
 * are done with. Rejects with a `Failure` when it cannot join, and when the client gives up; a new member may take its place.
 */
import type { KafkaClient } from '../kafka/client.ts';
import { kafkaFailure } from '../kafka/failures.ts';
import { inputRecord } from '../kafka/log-record.ts';
import type { DeliverEvents } from './event-delivery.ts';

export type GroupMemberDeps = {
  readonly client: Pick<KafkaClient, 'consumer'>;
  readonly groupId: string;
  /** By topic. */
  readonly deliveries: ReadonlyMap<string, DeliverEvents>;
  /** Where a group begins that has no offsets yet. */
  readonly from: 'earliest' | 'latest';
  readonly partitionsAtOnce: number;
  /** Ends the membership, when what is under way is done. */
  readonly stopping: AbortSignal;
  readonly onJoined: () => void;
};

export const beGroupMember = async (deps: GroupMemberDeps): Promise<void> => {
  const { client, groupId, deliveries, from, partitionsAtOnce, stopping, onJoined } = deps;
  const topics = [...deliveries.keys()];
  const consumer = client.consumer({ groupId, ...OPTIONS });
  let generation = 0;

  const ended = new Promise<void>((resolve, reject) => {
    stopping.addEventListener('abort', () => {
      resolve();
      // A member that still joins leaves at once: the group waits for it.
      if (generation === 0) void consumer.disconnect().catch(() => undefined);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      reject(payload.error);
    });
  });
  // It may crash while it is still joining, where nobody listens yet.
  ended.catch(() => undefined);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    generation++;
    onJoined();
  });

  try {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: from === 'earliest' });
    if (stopping.aborted) return;
    await consumer.run({
      eachBatchAutoResolve: false,
      autoCommitInterval: COMMIT_MS,
      partitionsConsumedConcurrently: partitionsAtOnce,
      eachBatch: async ({
        batch,
        heartbeat,
        resolveOffset,
        commitOffsetsIfNecessary,
        isRunning,
        isStale,
      }) => {
        const { topic, partition } = batch;
        const joined = generation;
        const records = batch.messages.map((message) => ({ topic, partition, ...inputRecord(message) }));
        await deliveries.get(topic)?.(records, {
          isCurrent: () => isRunning() && !isStale() && joined === generation && !stopping.aborted,
          heartbeat,
          resolve: async (offset) => {
            resolveOffset(String(offset));
            await commitOffsetsIfNecessary();
          },
        });
      },
    });
    await ended;
  } catch (error) {
    throw kafkaFailure(error, `reading ${topics.join(', ')} as group ${groupId}`);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
};

const OPTIONS = {
  sessionTimeout: 30_000,
  rebalanceTimeout: 60_000,
  heartbeatInterval: 3_000,
  // Whoever stops waits for the fetch that is under way.
  maxWaitTimeInMs: 500,
  // What kafkajs restarts by itself depends on the error's class only, and nobody is told.
  retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
};
const COMMIT_MS = 1_000;
