import { type Fault, someSlot } from './fault.ts';

export const killInstance: Fault = {
  kind: 'kill-instance',
  title: 'instance killed (-9) and replaced',
  runs: 'alone',
  inject: async (world, random) => {
    const slot = await someSlot(world, random);
    await world.pause(random.next());
    await world.fleet.replace(slot, 'kill');
  },
};
