import type { Failure } from '../processor/failure.ts';

/** What the promise settles with, or the failure when that takes longer. The work itself goes on. */
export const withinMs = async <T>(ms: number, work: Promise<T>, late: () => Failure): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    // Whoever came too late has nobody to tell.
    work.catch(() => undefined);
  }
};

/** Resolves when the promise settles, however it does, and after so many milliseconds at the latest. */
export const settledWithinMs = async (ms: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
};
