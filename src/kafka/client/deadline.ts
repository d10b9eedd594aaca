import type { Failure } from '../../processor/failure.ts';

/** Settles as the promise does, or rejects with the failure if the promise takes longer. The work itself continues. */
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
    // Without this, a rejection after the deadline would be unhandled.
    work.catch(() => undefined);
  }
};

/** True if the promise settles in any way within `ms` milliseconds. Waits no longer. */
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
