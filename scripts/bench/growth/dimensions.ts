import type { Room } from '../serve/room.ts';
import type { Workload } from '../serve/workload.ts';
import { fillDecisions, fillMembers } from './fill-tables.ts';

/** One quantity that grows while all others stay the same. */
export type Dimension = {
  readonly name: string;
  /** The unit of the picture's horizontal axis. */
  readonly unit: string;
  readonly scale: 'linear' | 'log';
  readonly points: readonly Point[];
};

export type Point = {
  readonly at: number;
  readonly workload: Partial<Workload>;
  /** Called when a first share of the workload has been decided. */
  readonly fill?: (room: Room) => Promise<void>;
};

const CHANNELS = 2_000;

export const DIMENSIONS: readonly Dimension[] = [
  {
    name: 'channels',
    unit: 'channels',
    scale: 'log',
    points: [100, 1_000, 10_000, 100_000].map((at) => ({ at, workload: { channels: at } })),
  },
  {
    name: 'history',
    unit: 'stored decisions',
    scale: 'log',
    points: [10, 1_000, 100_000, 1_000_000].map((at) => ({
      at,
      workload: {},
      fill: ({ databaseUrl }) => fillDecisions(databaseUrl, at, CHANNELS),
    })),
  },
  {
    name: 'orders',
    unit: 'orders a command',
    scale: 'linear',
    // Fewer commands for larger points, so that each point takes about the same time.
    points: [5, 50, 100, 200].map((at) => ({
      at,
      workload: { orders: at, members: 2 * at, commands: Math.max(2_000, Math.round(300_000 / at)) },
    })),
  },
  {
    name: 'partitions',
    unit: 'partitions',
    scale: 'linear',
    points: [6, 24, 60].map((at) => ({ at, workload: { partitions: at } })),
  },
  {
    name: 'members',
    unit: 'members of the channel',
    scale: 'log',
    points: [5, 1_000, 100_000].map((at) => ({
      at,
      workload: { channels: 1, members: 5, commands: 30_000 },
      fill: ({ databaseUrl }) => fillMembers(databaseUrl, at),
    })),
  },
];
