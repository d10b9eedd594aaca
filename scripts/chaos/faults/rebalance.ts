import type { Fault } from './fault.ts';

export const rebalance: Fault = {
  kind: 'rebalance',
  title: 'one more instance joins, and leaves',
  runs: 'alone',
  inject: async ({ fleet, spareSlot, frozen, pause }, random) => {
    fleet.start(spareSlot);
    await fleet.serving(frozen);
    await pause(2 + 4 * random.next());
    await fleet.retire(spareSlot);
  },
};
