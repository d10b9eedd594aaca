import { expect } from 'chai';
import fc from 'fast-check';
import { compareLots, createLots, lotOf } from '../../../src/domain/lot.ts';
import { referenceLot } from '../../support/reference-lot.ts';

const asBigInt = (runId: string, userId: string): bigint => {
  const { high, low } = lotOf({ runId, userId });
  return (BigInt(high) << 32n) | BigInt(low);
};

/** Any character but halves of one. fast-check's own unit for this takes a second to set up. */
const aCharacter = fc
  .nat(0x10ffff)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));
const anId = () => fc.string({ unit: aCharacter, minLength: 1, maxLength: 40 });

describe('the lot', () => {
  it('is FNV-1a of run id, zero byte and user id in UTF-8, finished like MurmurHash3', () => {
    fc.assert(
      fc.property(anId(), anId(), (runId, userId) => {
        expect(asBigInt(runId, userId)).to.equal(referenceLot(runId, userId));
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('orders people as unsigned numbers', () => {
    fc.assert(
      fc.property(anId(), anId(), anId(), (runId, one, other) => {
        const expected = referenceLot(runId, one) - referenceLot(runId, other);
        const compared = compareLots(lotOf({ runId, userId: one }), lotOf({ runId, userId: other }));
        expect(Math.sign(compared)).to.equal(expected < 0n ? -1 : expected > 0n ? 1 : 0);
      }),
      { seed: 4 },
    );
  });

  it('is compared by its lower half if the upper halves are equal', () => {
    expect(compareLots({ high: 1, low: 2 }, { high: 1, low: 0xffffffff })).to.be.below(0);
  });

  it('is drawn once for each person of a run', () => {
    const draw = createLots('4f2a');
    expect(draw('Dana')).to.deep.equal(lotOf({ runId: '4f2a', userId: 'Dana' }));
    expect(draw('Dana')).to.equal(draw('Dana'));
    expect(draw('Dana')).not.to.deep.equal(draw('Eli'));
  });

  it('gives each of twelve people the same chance', () => {
    const people = Array.from({ length: 12 }, (_, index) => `U${String(index)}`);
    const wins = new Map(people.map((userId) => [userId, 0]));
    const runs = 24_000;
    for (let run = 0; run < runs; run += 1) {
      const draw = createLots(`run-${String(run)}`);
      const winner = people.reduce((best, userId) =>
        compareLots(draw(userId), draw(best)) < 0 ? userId : best,
      );
      wins.set(winner, (wins.get(winner) ?? 0) + 1);
    }
    for (const [userId, count] of wins) {
      expect(count, userId).to.be.within((0.94 * runs) / 12, (1.06 * runs) / 12);
    }
  });
});
