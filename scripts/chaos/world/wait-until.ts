import type { World } from './world.ts';

/** Returns when the condition holds; rejects with `otherwise` after a deadline. A check that fails is repeated. */
export const waitUntil = async (
  { pause }: Pick<World, 'pause'>,
  otherwise: string | Error,
  isSo: () => Promise<boolean>,
  withinSeconds = 45,
): Promise<void> => {
  const deadline = Date.now() + withinSeconds * 1000;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw otherwise instanceof Error ? otherwise : new Error(otherwise);
    await pause(0.3);
  }
};
