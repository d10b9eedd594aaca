import { BrokenPromise } from '../broken-promise.ts';
import { workersIn } from '../world/workers.ts';
import { type Fault, someSlot } from './fault.ts';

const TIMES = 3;
const CONNECTED_WITHIN_SECONDS = 30;

export const interruptJoins: Fault = {
  kind: 'interrupt-joins',
  title: 'instance told to stop (SIGTERM) as it joins, thrice',
  runs: 'alone',
  inject: async (world, random) => {
    const { fleet, group, pause } = world;
    const slot = await someSlot(world, random);
    const link = world.links[slot]?.kafka;
    if (link === undefined) throw new Error(`slot ${slot} has no link`);
    for (let time = 0; time < TIMES; time += 1) {
      await fleet.replace(slot, 'stop');
      // Before its first connection, the process has done nothing, and the signal may simply kill it.
      const opened = link.opened();
      for (let waited = 0; link.opened() === opened; waited += 0.05) {
        if (waited > CONNECTED_WITHIN_SECONDS) throw new Error(`slot ${slot} does not connect to Kafka`);
        await pause(0.05);
      }
      await pause(2 * random.next());
    }
    await fleet.retire(slot);
    const living = fleet.slots.reduce((sum, each) => sum + workersIn(each), 0);
    const members = await group.members();
    fleet.start(slot);
    if (members > living)
      throw new BrokenPromise(`the group has ${members} members, but ${members - living} of them have ended`);
  },
};
