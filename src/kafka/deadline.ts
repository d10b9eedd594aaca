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

/** Whether the promise settles, however it does, within so many milliseconds. Waits no longer than that. */
export const settledWithinMs = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const settled = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, timeout]);
  clearTimeout(timer);
  return inTime;
};
