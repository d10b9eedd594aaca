import { expect } from 'chai';
import fc from 'fast-check';
import { UNIT } from '../../src/domain/ledger.ts';
import { closedOf, createChannel } from '../support/channel.ts';
import { aCommand, anOrder } from '../support/commands.ts';
import { aHistory, aPolicy, closedRuns, holds } from '../support/histories.ts';

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

const aCrowd = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 100 });

/** A run of people who ordered these quantities: each charge beside the exact share, as a fraction of BigInts. */
const charged = (policy: 'fair-share' | 'fair-share-weighted', quantities: readonly number[]) => {
  const orders = quantities.map((quantity, index) => anOrder({ userId: `U${String(index)}`, quantity }));
  const { ranking } = closedOf(createChannel({ policy }).preview(aCommand({ orders }))).fairness;
  const weightOf = (quantity: number) => (policy === 'fair-share' ? 1n : BigInt(quantity));
  const total = quantities.reduce((all, quantity) => all + weightOf(quantity), 0n);
  return ranking.map(({ rank, quantity, charge }) => ({
    isRunner: rank === 1,
    units: BigInt(charge),
    share: { of: BigInt(UNIT) * weightOf(quantity), by: total },
  }));
};

describe('the charges of a run', () => {
  it('sum to one run, and leave the balances of the channel at 0 in all', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, policy) => {
        for (const { decision, after } of closedRuns(history, policy)) {
          expect(sum(decision.fairness.ranking.map(({ charge }) => charge))).to.equal(UNIT);
          expect(sum([...after.members.values()].map(({ balance }) => balance))).to.equal(0);
        }
      }),
    );
  });

  for (const policy of ['fair-share', 'fair-share-weighted'] as const) {
    it(`are the exact shares rounded down, and the remainder, up to 100 people and weights of 100 (${policy})`, () => {
      holds(
        fc.property(aCrowd, (quantities) => {
          const all = charged(policy, quantities);
          const others = all.filter(({ isRunner }) => !isRunner);
          for (const { units, share } of others) expect(units).to.equal(share.of / share.by);
          const [runner] = all.filter(({ isRunner }) => isRunner);
          expect(runner?.units).to.equal(others.reduce((rest, { units }) => rest - units, BigInt(UNIT)));
        }),
      );
    });
  }

  it('are exactly equal up to 22 people', () => {
    for (let people = 1; people <= 22; people += 1) {
      const quantities = Array.from({ length: people }, () => 1);
      for (const { units } of charged('fair-share', quantities))
        expect(units * BigInt(people)).to.equal(BigInt(UNIT));
    }
  });

  it('are the same for 200 people with 100 drinks each as for any other equals', () => {
    const quantities = Array.from({ length: 200 }, () => 100);
    expect(charged('fair-share-weighted', quantities).map(({ units }) => units)).to.deep.equal(
      charged('fair-share', quantities).map(({ units }) => units),
    );
  });
});
