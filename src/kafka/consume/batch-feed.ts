/**
 * Passes each batch from kafkajs to the processor, and does what the processor answers. Throws only to make kafkajs join the group again.
 *
 * kafkajs fetches nothing more from a broker, and sends no heartbeat, until all batches that it has fetched there are handled. So a batch
 * that takes long (a lock on its ledger, a slow server, a long walk over an output) is finished in the background while its partition is
 * paused. The other partitions continue, and the client's own heartbeats keep the membership.
 */
import type { EachBatchPayload } from 'kafkajs';
import { type Failure, failureOf } from '../../processor/failure.ts';
import type { BatchHandler, Handled, Membership } from '../../processor/ports/batch-handler.ts';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import { settledWithinMs } from '../client/deadline.ts';
import type { ConsumerControls } from './consumer-controls.ts';
import type { StateRecorder } from './consumer-state.ts';
import { inputBatches } from './input-batches.ts';
import { createMembership, mustRejoin, rejoinGroup } from './membership.ts';
import { createPauses } from './pauses.ts';

export type BatchFeedDeps = {
  readonly controls: ConsumerControls;
  readonly handler: BatchHandler;
  readonly recorder: StateRecorder;
  readonly isStopping: () => boolean;
  /** True after a drain that took too long: nobody waits for the batches that still run. */
  readonly isAbandoned: () => boolean;
  readonly onFatal: (failure: Failure) => void;
};

export type BatchFeed = {
  eachBatch(payload: EachBatchPayload): Promise<void>;
  joined(generation: number): void;
  /** Resolves when no batch is in flight, not even in the background. */
  idle(): Promise<void>;
  /** Call this when the consumer has ended: batches that are still in flight no longer belong to a generation. */
  close(): void;
};

/** How long a stopped partition pauses before it is tried again: the alarm may have been resolved. */
const STOPPED_RETRY_MS = 5_000;
/** Ten times as long as a full batch takes. With a shorter limit, a busy database would pause the partition of every batch. */
const BACKGROUND_AFTER_MS = 1_000;

export const createBatchFeed = (deps: BatchFeedDeps): BatchFeed => {
  const { controls, handler, recorder } = deps;
  const underWay = new Set<Promise<unknown>>();
  const pauses = createPauses(controls);
  let generation = -1;
  /** A batch in the background cannot throw to kafkajs. It notes the generation to leave here, and the next `eachBatch` throws. */
  let generationToLeave: number | null = null;
  let closed = false;

  const handle = async (batch: InputBatch, membership: Membership): Promise<Handled> => {
    try {
      return await handler.handle(batch, membership);
    } catch (thrown) {
      deps.onFatal(failureOf(thrown));
      // The batch is read again after a restart.
      return { kind: 'seek', offset: batch.first };
    }
  };

  /** Returns true if the next part of the fetched batch may be handled. Throws to make kafkajs join the group again. */
  const applyOutcome = (handled: Handled, batch: InputBatch): boolean => {
    switch (handled.kind) {
      case 'continue':
        recorder.handled(batch.partition, batch.end);
        return true;
      case 'seek':
        controls.seek(batch.partition, handled.offset);
        return false;
      case 'stopped':
        recorder.stopped(batch.partition, handled.alarm);
        controls.seek(batch.partition, handled.offset);
        pauses.holdFor(batch.partition, STOPPED_RETRY_MS);
        return false;
      case 'rejoin':
        if (!deps.isStopping()) throw rejoinGroup();
        return false;
    }
  };

  /** @param handedOverIn the generation in which kafkajs handed over the batch */
  const feed = async (
    { batch, resolveOffset, heartbeat }: EachBatchPayload,
    handedOverIn: number,
  ): Promise<void> => {
    const isCurrent = (): boolean => generation === handedOverIn && !closed && !deps.isAbandoned();
    const membership = createMembership({ ...deps, generation: handedOverIn, isCurrent, heartbeat });
    recorder.fetched(batch.partition, Number(batch.highWatermark));
    for (const part of inputBatches(batch)) {
      if (deps.isStopping() || !isCurrent()) return;
      const handled = await handle(part, membership);
      // This batch must not move the offsets of a newer generation.
      if (!isCurrent() || !applyOutcome(handled, part)) return;
      resolveOffset(String(part.end - 1));
      await membership.heartbeat().catch(rejoinIfAsked);
    }
  };

  /** When the batch is finished, the partition is fetched again from the offset that the batch has reached. */
  const finishInTheBackground = (partition: number, handedOverIn: number, fed: Promise<void>): void => {
    const release = pauses.hold(partition);
    fed
      .catch((thrown: unknown) => {
        if (mustRejoin(thrown)) generationToLeave = handedOverIn;
        else deps.onFatal(failureOf(thrown));
      })
      .finally(release);
  };

  return {
    eachBatch: async (payload) => {
      if (generationToLeave === generation && !deps.isStopping()) throw rejoinGroup();
      const handedOverIn = generation;
      const fed = feed(payload, handedOverIn);
      const settled = fed.catch(() => undefined).finally(() => underWay.delete(settled));
      underWay.add(settled);
      if (await settledWithinMs(BACKGROUND_AFTER_MS, fed)) await fed;
      else finishInTheBackground(payload.batch.partition, handedOverIn, fed);
    },
    joined: (newGeneration) => {
      generation = newGeneration;
      // A member that joins again may get the same generation number, so the note is removed in any case.
      generationToLeave = null;
      pauses.resumeAll();
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => {
      closed = true;
      pauses.close();
    },
  };
};

/** Ignores all other failures of a heartbeat: if the membership has ended, a later heartbeat says so. */
const rejoinIfAsked = (failure: Error): void => {
  if (mustRejoin(failure.cause)) throw rejoinGroup();
};
