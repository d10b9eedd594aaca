import { type Fault, nobodyFrozen } from './fault.ts';

export const resetOffsets: Fault = {
  kind: 'reset-offsets',
  title: 'all stopped, committed offsets reset or deleted',
  runs: 'alone',
  inject: async (world, random) => {
    const { fleet, group, pause } = world;
    await nobodyFrozen(world);
    const slots = fleet.slots;
    await fleet.retireAll();
    await group.vacated(pause);
    await random.pick([group.rewind, group.forget])();
    for (const slot of slots) fleet.start(slot);
  },
};
