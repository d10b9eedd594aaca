/**
 * Hands what kafkajs has fetched to the processor, and does what that asks for. Throws nothing but the wish to join again.
 *
 * kafkajs fetches nothing more of a broker, and sends no heartbeat, before everything that it has fetched there is handled. So a
 * batch that takes long (a lock on its ledger, a slow server, a long walk over an output) is finished in the background while its
 * partition is paused: the others go on, and the membership is kept by the client's own heartbeats.
 */
import type { EachBatchPayload } from 'kafkajs';
import { type Failure, failureOf } from '../processor/failure.ts';
import type { BatchHandler, Handled, Membership } from '../processor/ports/batch-handler.ts';
import type { InputBatch } from '../processor/ports/input-record.ts';
import type { ConsumerControls } from './consumer-controls.ts';
import type { StateRecorder } from './consumer-state.ts';
import { settledWithinMs } from './deadline.ts';
import { inputBatches } from './input-batches.ts';
import { createMembership, mustRejoin, rejoinGroup } from './membership.ts';
import { createPauses } from './pauses.ts';

export type BatchFeedDeps = {
  readonly controls: ConsumerControls;
  readonly handler: BatchHandler;
  readonly recorder: StateRecorder;
  readonly isStopping: () => boolean;
  /** A drain that took too long: whatever still runs is on its own. */
  readonly isAbandoned: () => boolean;
  readonly onFatal: (failure: Failure) => void;
};

export type BatchFeed = {
  eachBatch(payload: EachBatchPayload): Promise<void>;
  joined(generation: number): void;
  /** Resolves when no batch is being handled, in the background neither. */
  idle(): Promise<void>;
  /** The consumer has gone: what is still being handled belongs to nobody's generation. */
  close(): void;
};

/** How long a stopped partition rests before it is tried again: the alarm may have been resolved. */
const REST_MS = 5_000;
/** Ten times what a full batch takes. Shorter, and a busy database would cost every batch a pause of its partition. */
const PATIENCE_MS = 1_000;

export const createBatchFeed = (deps: BatchFeedDeps): BatchFeed => {
  const { controls, handler, recorder } = deps;
  const underWay = new Set<Promise<unknown>>();
  const pauses = createPauses(controls);
  let generation = -1;
  /** A batch in the background has asked to leave this generation: the next one that is handed over tells kafkajs. */
  let generationToLeave: number | null = null;
  let closed = false;

  const handle = async (batch: InputBatch, membership: Membership): Promise<Handled> => {
    try {
      return await handler.handle(batch, membership);
    } catch (thrown) {
      deps.onFatal(failureOf(thrown));
      return { kind: 'seek', offset: batch.first };
    }
  };

  /** True to go on with what was fetched. */
  const follow = (handled: Handled, batch: InputBatch): boolean => {
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
        pauses.holdFor(batch.partition, REST_MS);
        return false;
      case 'rejoin':
        if (!deps.isStopping()) throw rejoinGroup();
        return false;
    }
  };

  const feed = async ({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> => {
    const handedOverIn = generation;
    const isCurrent = (): boolean => generation === handedOverIn && !closed && !deps.isAbandoned();
    const membership = createMembership({ ...deps, generation: handedOverIn, isCurrent, heartbeat });
    recorder.fetched(batch.partition, Number(batch.highWatermark));
    for (const part of inputBatches(batch)) {
      if (deps.isStopping() || !isCurrent()) return;
      const handled = await handle(part, membership);
      // The offsets of a newer generation are not this batch's to move.
      if (!isCurrent() || !follow(handled, part)) return;
      resolveOffset(String(part.end - 1));
      await membership.heartbeat().catch(rejoinIfAsked);
    }
  };

  /** The partition is fetched again when the batch is finished, from wherever that has left it. */
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
      const fed = feed(payload);
      const settled = fed.catch(() => undefined).finally(() => underWay.delete(settled));
      underWay.add(settled);
      if (await settledWithinMs(PATIENCE_MS, fed)) await fed;
      else finishInTheBackground(payload.batch.partition, handedOverIn, fed);
    },
    joined: (joined) => {
      generation = joined;
      // A follower may be given the generation that it had: it has joined anew all the same.
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

/** A heartbeat that found no broker ends nothing: the next one tells. */
const rejoinIfAsked = (failure: Error): void => {
  if (mustRejoin(failure.cause)) throw rejoinGroup();
};
