import type { Fault } from './fault.ts';

export const resetOffsets: Fault = {
  kind: 'reset-offsets',
  title: 'all stopped, committed offsets reset or deleted',
  runs: 'alone',
  inject: async ({ fleet, group, frozen, pause }, random) => {
    // Whoever is frozen is still a member, and offsets are only changed while there is none.
    while (frozen.size > 0) await pause(0.5);
    const slots = fleet.slots;
    await fleet.retireAll();
    await random.pick([group.rewind, group.forget])();
    for (const slot of slots) fleet.start(slot);
  },
};
