import { readFileSync } from 'node:fs';
import { awaited } from '../world/awaited.ts';
import type { World } from '../world/world.ts';
import { backUpPostgres } from './back-up-postgres.ts';
import { type Fault, nobodyFrozen } from './fault.ts';

/** Restores an older state of Postgres, as `restore-postgres` does, and also moves the group's offsets. */
const moved = (kind: string, where: string, go: (world: World) => Promise<void>): Fault => ({
  kind: `move-offsets-${kind}`,
  title: `Postgres restored, offsets moved ${where}`,
  runs: 'alone',
  callsForMore: 2,
  inject: async (world, random) => {
    const { fleet, group, pause, publishMore } = world;
    await nobodyFrozen(world);
    const restore = await backUpPostgres(world);
    const before = await passed(world);
    publishMore();
    await awaited(world, 'nothing was decided after the backup', async () => (await passed(world)) > before);
    await pause(2 * random.next());
    const slots = fleet.slots;
    await fleet.retireAll();
    try {
      await restore();
      publishMore();
      await awaited(world, 'no command came while all were stopped', async () => (await group.lag()) >= FEW);
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
  moved('to-store', 'to where Postgres stands', async ({ group, sql }) => {
    const stored = await sql((client) =>
      client.query<{ partition: number; offset: number }>(STORED).then(({ rows }) => rows),
    );
    const ends = await group.ends();
    const offsets = new Map(stored.map(({ partition, offset }) => [partition, offset]));
    await group.moveTo(
      new Map([...ends.keys()].map((partition) => [partition, offsets.get(partition) ?? 0])),
    );
  }),
  moved('to-start', 'to the start', ({ group }) => group.rewind()),
  moved('beyond', 'beyond what is decided', async (world) => {
    const { fleet, group, pause } = world;
    await group.moveTo(await group.ends());
    fleet.start(0);
    const alarmed = (): boolean => readFileSync(fleet.at(0)?.logFile ?? '', 'utf8').includes(ALARM);
    await awaited(world, `nobody alarmed ${ALARM}`, () => Promise.resolve(alarmed()));
    // Follow the alarm's advice.
    await fleet.retireAll();
    await group.vacated(pause);
    await group.deleteOffsets();
  }),
];

const ALARM = 'STORED_EVENTS_DIFFER';
const STORED = `
  SELECT partition, coalesce(next_offset, 0)::float8 AS offset FROM runclose.partition_lease WHERE retired_at IS NULL`;

const passed = async ({ group }: World): Promise<number> =>
  [...(await group.committed()).values()].reduce((sum, offset) => sum + offset, 0);
