import { setTimeout } from 'node:timers/promises';
import type { Pacer } from '../processor/ports/breakers.ts';

const FIRST_MS = 100;
/** Below the heartbeat interval, so that a member which waits keeps its partitions; and healing is seen within it. */
const LONGEST_MS = 2_000;

/** Twice as long each time; half of it jitter, so that partitions and instances do not retry in step. */
export const createPacer = (stopping: AbortSignal, sleep: typeof setTimeout = setTimeout): Pacer => ({
  beforeRetry: async (attempt) => {
    const longest = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
    const milliseconds = longest * (1 - Math.random() / 2);
    await sleep(milliseconds, undefined, { signal: stopping }).catch(() => undefined);
  },
});
