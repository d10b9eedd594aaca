import { type Fault, someSlot } from './fault.ts';

export const stopInstance: Fault = {
  kind: 'stop-instance',
  title: 'instance told to stop (SIGTERM) and replaced',
  runs: 'alone',
  inject: async (world, random) => {
    const slot = await someSlot(world, random);
    await world.pause(random.next());
    await world.fleet.replace(slot, 'stop');
  },
};
