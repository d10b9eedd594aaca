/** Hands what kafkajs has fetched to the processor, and does what that asks for. Throws nothing but the wish to join again. */
import type { EachBatchPayload } from 'kafkajs';
import { type Failure, failureOf } from '../processor/failure.ts';
import type { BatchHandler, Handled, InputBatch, Membership } from '../processor/ports.ts';
import type { ConsumerControls } from './consumer-controls.ts';
import type { StateRecorder } from './consumer-state.ts';
import { inputBatches } from './input-batches.ts';
import { createMembership, mustRejoin, rejoinGroup } from './membership.ts';

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
  /** Resolves when no batch is being handled. */
  idle(): Promise<void>;
  /** The consumer has gone: what is still being handled belongs to nobody's generation. */
  close(): void;
};

/** How long a stopped partition rests before it is tried again: the alarm may have been resolved. */
const REST_MS = 5_000;

export const createBatchFeed = (deps: BatchFeedDeps): BatchFeed => {
  const { controls, handler, recorder } = deps;
  const underWay = new Set<Promise<void>>();
  const resting = new Map<number, NodeJS.Timeout>();
  let generation = -1;
  let closed = false;

  const wake = (partition: number): void => {
    clearTimeout(resting.get(partition));
    if (resting.delete(partition)) controls.resume(partition);
  };

  const rest = (partition: number): void => {
    controls.pause(partition);
    clearTimeout(resting.get(partition));
    resting.set(partition, setTimeout(wake, REST_MS, partition));
  };

  const handle = async (batch: InputBatch, membership: Membership): Promise<Handled> => {
    try {
      return await handler.handle(batch, membership);
    } catch (thrown) {
      deps.onFatal(failureOf(thrown));
      return { kind: 'seek', offset: batch.first };
    }
  };

  /** True to go on with what was fetched. */
  const follow = (handled: Handled, batch: InputBatch, membership: Membership): boolean => {
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
        rest(batch.partition);
        return false;
      case 'rejoin':
        if (membership.isCurrent() && !deps.isStopping()) throw rejoinGroup();
        controls.seek(batch.partition, batch.first);
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
      if (!follow(await handle(part, membership), part, membership)) return;
      resolveOffset(String(part.end - 1));
      await membership.heartbeat().catch(rejoinIfAsked);
    }
  };

  return {
    eachBatch: async (payload) => {
      const fed = feed(payload);
      const settled = fed.catch(() => undefined);
      underWay.add(settled);
      try {
        await fed;
      } finally {
        underWay.delete(settled);
      }
    },
    joined: (joined) => {
      generation = joined;
      for (const partition of resting.keys()) wake(partition);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => {
      closed = true;
      for (const timer of resting.values()) clearTimeout(timer);
      resting.clear();
    },
  };
};

/** A heartbeat that found no broker ends nothing: the next one tells. */
const rejoinIfAsked = (failure: Error): void => {
  if (mustRejoin(failure.cause)) throw rejoinGroup();
};
