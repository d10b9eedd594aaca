import { expect } from 'chai';
import { realisticChannel, type Role } from '../support/realistic-channel.ts';

const ROLES: readonly Role[] = ['daily', 'hybrid', 'weekly', 'rare'];

describe('realistic channels of eight and more over 40 runs', () => {
  const channels = Array.from({ length: 100 }, (_, seed) => realisticChannel({ seed, runs: 40 }));

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
