import type { Random } from '../random.ts';
import type { World } from '../world/world.ts';

/** One kind of harm. */
export interface Fault {
  readonly kind: string;
  /** The name that the report shows. */
  readonly title: string;
  /** `beside others`: the next fault does not wait for its end. */
  readonly runs: 'alone' | 'beside others';
  /** How often the fault calls `publishMore`; by default never. */
  readonly callsForMore?: number;
  /** The number of brokers that the fault needs; by default one. */
  readonly brokersNeeded?: number;
  /** Does the harm and ends it. Rejects if there was no harm: a fault that did not fire proves nothing. */
  inject: (world: World, random: Random) => Promise<void>;
}

/** Waits for a slot whose instance is neither frozen nor gone. */
export const someSlot = async (world: World, random: Random): Promise<number> => {
  for (;;) {
    const [first, ...others] = world.fleet.slots.filter((slot) => !world.frozen.has(slot));
    if (first !== undefined) return random.pick([first, ...others]);
    await world.pause(0.5);
  }
};

/**
 * Waits until no instance is frozen. A frozen instance is a member of the group, and offsets can be changed only while the group has no
 * members.
 */
export const nobodyFrozen = async ({ frozen, pause }: World): Promise<void> => {
  while (frozen.size > 0) await pause(0.5);
};
