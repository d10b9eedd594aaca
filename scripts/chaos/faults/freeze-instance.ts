import { type Fault, someSlot } from './fault.ts';

export const freezeInstance: Fault = {
  kind: 'freeze-instance',
  title: 'instance frozen 35 to 45 s, then a zombie',
  runs: 'beside others',
  inject: async (world, random) => {
    const slot = await someSlot(world, random);
    const instance = world.fleet.at(slot);
    if (instance === undefined) throw new Error(`slot ${slot} is empty`);
    world.frozen.add(slot);
    instance.freeze();
    try {
      await world.pause(35 + 10 * random.next());
    } finally {
      instance.thaw();
      world.frozen.delete(slot);
    }
    if (!instance.isAlive()) throw new Error(`${instance.name} ended while it was frozen`);
  },
};
