import type { Fault } from './fault.ts';

const MORE = 2;

export const addPartitions: Fault = {
  kind: 'add-partitions',
  title: 'partitions added while running',
  runs: 'alone',
  inject: async (world) => {
    const wanted = world.partitions + MORE;
    await world.setUp(wanted, '--repartition');
    world.partitions = wanted;
    world.onGrown(wanted);
  },
};
