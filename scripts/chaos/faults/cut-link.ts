import type { ServerName } from '../world/world.ts';
import { type Fault, someSlot } from './fault.ts';

const TITLES: Readonly<Record<ServerName, string>> = {
  kafka: 'Kafka',
  postgres: 'Postgres',
  registry: 'the registry',
};

/** Cuts the link between one instance and one server, in one direction or both. */
export const cutLink = (server: ServerName): Fault => ({
  kind: `cut-${server}`,
  title: `link between an instance and ${TITLES[server]} cut for 3 to 15 s`,
  runs: 'alone',
  inject: async (world, random) => {
    const slot = await someSlot(world, random);
    const link = world.links[slot]?.[server];
    if (link === undefined) throw new Error(`slot ${slot} has no link`);
    link.cut(random.pick(['both ways', 'to the server', 'from the server']));
    try {
      await world.pause(3 + 12 * random.next());
    } finally {
      link.mend();
    }
  },
});
