import { type Fault, someSlot } from './fault.ts';

const TITLES = { kafka: 'Kafka', postgres: 'Postgres' } as const;

/** Breaks new connections of one instance again and again, after one or two requests or answers, while the instance works or starts. */
export const halfOpen = (server: keyof typeof TITLES): Fault => ({
  kind: `half-open-${server}`,
  title: `connections to ${TITLES[server]} closed while they open, 4 to 9 s`,
  runs: 'alone',
  inject: async (world, random) => {
    const slot = await someSlot(world, random);
    const link = world.links[slot]?.[server];
    if (link === undefined) throw new Error(`slot ${slot} has no link`);
    if (random.chance(0.5)) await world.fleet.replace(slot, 'stop');
    link.breakOff(random.pick(['client', 'server']), random.between(1, 2));
    try {
      await world.pause(4 + 5 * random.next());
    } finally {
      link.mend();
    }
    if (link.brokenOff() === 0) throw new Error('no client opened a connection meanwhile');
  },
});
