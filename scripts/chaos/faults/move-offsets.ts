import { readFileSync } from 'node:fs';
import { waitUntil } from '../world/wait-until.ts';
import type { World } from '../world/world.ts';
import { backUpPostgres } from './back-up-postgres.ts';
import { type Fault, nobodyFrozen } from './fault.ts';

/** Restores an older state of Postgres, as `restore-postgres` does, and also moves the group's offsets. */
const offsetFault = (kind: string, where: string, go: (world: World) => Promise<void>): Fault => ({
  kind: `move-offsets-${kind}`,
  title: `Postgres restored, offsets moved ${where}`,
  runs: 'alone',
  callsForMore: 2,
  inject: async (world, random) => {
    const { fleet, group, pause, publishMore } = world;
    await nobodyFrozen(world);
    const restore = await backUpPostgres(world);
    const before = await countPassed(world);
    publishMore();
    await waitUntil(
      world,
      'nothing was decided after the backup',
      async () => (await countPassed(world)) > before,
    );
    await pause(2 * random.next());
    const slots = fleet.slots;
    await fleet.retireAll();
    try {
      await restore();
      publishMore();
      await waitUntil(
        world,
        'no command came while all were stopped',
        async () => (await group.lag()) >= FEW,
      );
      await group.vacated(pause);
      await go(world);
    } finally {
      for (const slot of slots) if (fleet.at(slot) === undefined) fleet.start(slot);
    }
  },
});

/** Enough commands for at least one event. */
const FEW = 5;

export const MOVE_OFFSETS: readonly Fault[] = [
  offsetFault('to-store', 'to where Postgres stands', async ({ group, sql }) => {
    const stored = await sql((client) =>
      client.query<{ partition: number; offset: number }>(STORED).then(({ rows }) => rows),
    );
    const ends = await group.ends();
    const offsets = new Map(stored.map(({ partition, offset }) => [partition, offset]));
    await group.moveTo(
      new Map([...ends.keys()].map((partition) => [partition, offsets.get(partition) ?? 0])),
    );
  }),
  offsetFault('to-start', 'to the start', ({ group }) => group.rewind()),
  offsetFault('beyond', 'beyond what is decided', async (world) => {
    const { fleet, group, pause } = world;
    await group.moveTo(await group.ends());
    fleet.start(0);
    const isAlarmed = (): boolean => readFileSync(fleet.at(0)?.logFile ?? '', 'utf8').includes(ALARM);
    await waitUntil(world, `nobody alarmed ${ALARM}`, () => Promise.resolve(isAlarmed()));
    // Follow the alarm's advice.
    await fleet.retireAll();
    await group.vacated(pause);
    await group.deleteOffsets();
  }),
];

const ALARM = 'STORED_EVENTS_DIFFER';
const STORED = `
  SELECT partition, coalesce(next_offset, 0)::float8 AS offset FROM runclose.partition_lease WHERE retired_at IS NULL`;

const countPassed = async ({ group }: World): Promise<number> =>
  [...(await group.committed()).values()].reduce((sum, offset) => sum + offset, 0);
