import { expect } from 'chai';
import { UNIT } from '../../src/domain/ledger.ts';
import { createChannel } from '../support/channel.ts';
import { aCommand, anOrder } from '../support/commands.ts';

/** How often people of a role are there. */
const PRESENCE = { daily: 0.9, hybrid: 0.5, weekly: 0.2, rare: 0.1 } as const;
type Role = keyof typeof PRESENCE;

const ROLES: readonly Role[] = ['daily', 'hybrid', 'weekly', 'rare'];
const RUNS = 40;

/** Mulberry32: the same numbers for the same seed. */
const createRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

/** 35% daily, 35% hybrid, 20% weekly, 10% rare people, who come and stay away as they do. */
const simulated = (seed: number) => {
  const random = createRandom(seed);
  const size = 8 + (seed % 7);
  const people = Array.from({ length: size }, (_, index) => {
    const place = (index + 0.5) / size;
    const role: Role = place < 0.35 ? 'daily' : place < 0.7 ? 'hybrid' : place < 0.9 ? 'weekly' : 'rare';
    return { userId: `U${String(index)}`, role };
  });
  const channel = createChannel();
  for (let run = 0; run < RUNS; run += 1) {
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

describe('realistic channels of eight and more over 40 runs', () => {
  const channels = Array.from({ length: 100 }, (_, seed) => simulated(seed));

  it('leave nobody more than two runs from their fair share', () => {
    expect(Math.max(...channels.flat().map(({ deviation }) => deviation))).to.be.at.most(2);
  });

  for (const role of ROLES) {
    it(`let ${role} people make what they owe, within a fifth`, () => {
      const people = channels.flat().filter((person) => person.role === role);
      const made = people.reduce((sum, person) => sum + person.made, 0);
      const fairShare = people.reduce((sum, person) => sum + person.fairShare, 0);
      expect(made / fairShare).to.be.within(0.8, 1.2);
    });
  }
});
