import { createRandom } from './random.ts';
import type { PlannedFault } from './faults/plan.ts';
import type { World } from './world/world.ts';

export type FaultCount = {
  readonly kind: string;
  readonly title: string;
  planned: number;
  fired: number;
  /** Why those that did not fire did not. */
  readonly failures: string[];
};

export type ConductDeps = {
  readonly world: World;
  readonly seed: number;
  readonly plan: readonly PlannedFault[];
  /** Told before each fault; `number` counts from 0. */
  readonly onFault: (title: string, number: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Does to the world what is planned: the next fault only when everybody is back at work after the one before, lest it meets nobody,
 * unless it is planned to wait for nobody.
 * Resolves, with how often each kind fired, when the last one is undone; what it has left behind may still be healing.
 */
export const conduct = async ({ world, seed, plan, onFault, signal }: ConductDeps): Promise<FaultCount[]> => {
  const counts = new Map<string, FaultCount>();
  for (const { fault } of plan) {
    const { kind, title } = fault;
    const count = counts.get(kind) ?? { kind, title, planned: 0, fired: 0, failures: [] };
    count.planned += 1;
    counts.set(kind, count);
  }
  const beside: Promise<void>[] = [];
  for (const [number, { fault, after, waits }] of plan.entries()) {
    if (waits !== 'for nobody')
      await world.fleet.serving(world.frozen).catch(() => {
        // Whoever does not come back shows in the end; the faults go on.
        signal.throwIfAborted();
      });
    await world.pause(after);
    onFault(fault.title, number);
    const count = counts.get(fault.kind);
    const injected = fault.inject(world, createRandom(seed, `fault ${number}`)).then(
      () => {
        if (count !== undefined) count.fired += 1;
      },
      (error: unknown) => {
        signal.throwIfAborted();
        count?.failures.push(error instanceof Error ? error.message : String(error));
      },
    );
    if (fault.runs === 'beside others') beside.push(injected);
    else await injected;
  }
  await Promise.all(beside);
  return [...counts.values()];
};
