import { BrokenPromise } from './broken-promise.ts';
import type { PlannedFault } from './faults/plan.ts';
import { createRandom } from './random.ts';
import type { World } from './world/world.ts';

export type FaultCount = {
  readonly kind: string;
  readonly title: string;
  planned: number;
  fired: number;
  /** Why some faults did not fire. */
  readonly failures: string[];
  /** The promises that did not hold during the faults. */
  readonly broken: string[];
};

export const notYet = ({ kind, title }: Pick<FaultCount, 'kind' | 'title'>): FaultCount => ({
  ...{ kind, title, planned: 0, fired: 0 },
  ...{ failures: [], broken: [] },
});

/** Counts a fault in progress. Rejects only if the run is over. */
export const countFault = async <T>(
  count: FaultCount,
  injected: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> => {
  try {
    const result = await injected;
    count.fired += 1;
    return result;
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof BrokenPromise) {
      count.fired += 1;
      count.broken.push(message);
    } else count.failures.push(message);
    return undefined;
  }
};

export type InjectFaultsDeps = {
  readonly world: World;
  readonly seed: number;
  readonly plan: readonly PlannedFault[];
  /** Called before each fault; `number` counts from 0. */
  readonly onFault: (title: string, number: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Carries out the planned faults. By default, the next fault waits until all instances work again after the one before, so that it hits
 * running instances. Resolves when the last fault has ended, with how often each kind fired. The system may still be recovering then.
 */
export const injectFaults = async ({
  world,
  seed,
  plan,
  onFault,
  signal,
}: InjectFaultsDeps): Promise<FaultCount[]> => {
  const counts = new Map<string, FaultCount>();
  for (const { fault } of plan) {
    const count = counts.get(fault.kind) ?? notYet(fault);
    count.planned += 1;
    counts.set(fault.kind, count);
  }
  const beside: Promise<unknown>[] = [];
  for (const [number, { fault, after, waits }] of plan.entries()) {
    if (waits !== 'for nobody')
      await world.fleet.serving(world.frozen).catch(() => {
        // An instance that does not come back shows at the end of the run; the faults continue.
        signal.throwIfAborted();
      });
    await world.pause(after);
    onFault(fault.title, number);
    const count = counts.get(fault.kind) ?? notYet(fault);
    const injected = countFault(count, fault.inject(world, createRandom(seed, `fault ${number}`)), signal);
    if (fault.runs === 'beside others') beside.push(injected);
    else await injected;
  }
  await Promise.all(beside);
  return [...counts.values()];
};
