import type { ChannelPolicy } from '../../src/domain/channel-policy.ts';
import { UNIT } from '../../src/domain/ledger.ts';
import { createChannel } from './channel.ts';
import { aCommand, anOrder } from './commands.ts';

/** How often people of a role are there. */
const PRESENCE = { daily: 0.9, hybrid: 0.5, weekly: 0.2, rare: 0.1 } as const;

export type Role = keyof typeof PRESENCE;

export type Standing = {
  readonly role: Role;
  readonly made: number;
  /** `made` and `fairShare` are in runs. */
  readonly fairShare: number;
  readonly deviation: number;
};

export type RealisticChannel = {
  readonly seed: number;
  readonly runs: number;
  readonly policy?: Partial<ChannelPolicy>;
};

/**
 * Everybody's standing after `runs` runs, with 8 to 14 people (35% daily, 35% hybrid, 20% weekly, 10% rare) who take part at random by
 * their role.
 */
export const realisticChannel = ({ seed, runs, policy = {} }: RealisticChannel): readonly Standing[] => {
  const random = createRandom(seed);
  const size = 8 + (seed % 7);
  const people = Array.from({ length: size }, (_, index) => {
    const place = (index + 0.5) / size;
    const role: Role = place < 0.35 ? 'daily' : place < 0.7 ? 'hybrid' : place < 0.9 ? 'weekly' : 'rare';
    return { userId: `U${String(index)}`, role };
  });
  const channel = createChannel(policy);
  for (let run = 0; run < runs; run += 1) {
    const present = people.filter(({ role }) => random() < PRESENCE[role]);
    channel.close(
      aCommand({
        runId: `run-${String(seed)}-${String(run)}`,
        orders: present.map(({ userId }) => anOrder({ userId })),
      }),
    );
  }
  return people.map(({ userId, role }) => {
    const { balance = 0, served = 0 } = channel.ledger().members.get(userId) ?? {};
    return { role, made: served, fairShare: served - balance / UNIT, deviation: Math.abs(balance) / UNIT };
  });
};

/** Mulberry32: the same numbers for the same seed. */
const createRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
