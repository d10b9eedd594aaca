import { setTimeout as sleep } from 'node:timers/promises';

export type Patience = { readonly what: string; readonly seconds: number; readonly signal: AbortSignal };

/** Resolves when the condition holds. If it does not hold in time, rejects and says what did not happen. */
export const waitFor = async (
  condition: () => boolean | Promise<boolean>,
  { what, seconds, signal }: Patience,
): Promise<void> => {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waiting for ${what}: not within ${seconds} s`);
    await sleep(50, undefined, { signal });
  }
};
