import { backUpPostgres } from './back-up-postgres.ts';
import type { Fault } from './fault.ts';

export const restorePostgres: Fault = {
  kind: 'restore-postgres',
  title: 'Postgres restored from an older copy of its data',
  runs: 'alone',
  inject: async (world, random) => {
    const restore = await backUpPostgres(world);
    await world.pause(4 + 6 * random.next());
    await restore();
  },
};
