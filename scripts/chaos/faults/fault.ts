import type { Random } from '../random.ts';
import type { World } from '../world/world.ts';

/** One kind of harm. */
export interface Fault {
  readonly kind: string;
  /** For people. */
  readonly title: string;
  /** `beside others`: the next fault does not wait for its end. */
  readonly runs: 'alone' | 'beside others';
  /** How often it calls `publishMore`; without, never. */
  readonly callsForMore?: number;
  /** Default: one. */
  readonly brokersNeeded?: number;
  /** Does the harm and heals it. Rejects when there was none: a fault that did not fire proves nothing. */
  inject: (world: World, random: Random) => Promise<void>;
}

/** A slot whose instance is neither frozen nor gone; waits for one. */
export const someSlot = async (world: World, random: Random): Promise<number> => {
  for (;;) {
    const [first, ...others] = world.fleet.slots.filter((slot) => !world.frozen.has(slot));
    if (first !== undefined) return random.pick([first, ...others]);
    await world.pause(0.5);
  }
};

/** Nobody is frozen any more: who is, is a member of the group, whose offsets are only changed while it has none. */
export const nobodyFrozen = async ({ frozen, pause }: World): Promise<void> => {
  while (frozen.size > 0) await pause(0.5);
};
