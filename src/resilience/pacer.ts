import { setTimeout } from 'node:timers/promises';
import type { Pacer } from '../processor/ports/breakers.ts';

const FIRST_MS = 100;
/**
 * Shorter than the heartbeat interval, so that a waiting member keeps its partitions. Also the longest time until a recovered server is
 * noticed.
 */
const MAX_DELAY_MS = 2_000;

/**
 * Doubles the wait with each attempt, up to the longest. Up to half of it is taken off at random, so that partitions and instances do not
 * retry in step.
 */
export const createPacer = (stopping: AbortSignal, sleep: typeof setTimeout = setTimeout): Pacer => ({
  beforeRetry: async (attempt) => {
    const longest = Math.min(FIRST_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
    const milliseconds = longest * (1 - Math.random() / 2);
    await sleep(milliseconds, undefined, { signal: stopping }).catch(() => undefined);
  },
});
