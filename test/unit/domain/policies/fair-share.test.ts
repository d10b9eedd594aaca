import { expect } from 'chai';
import { UNIT } from '../../../../src/domain/ledger.ts';
import { aLedger } from '../../../support/channel.ts';
import { behind, decided, pick } from '../../../support/deciding.ts';

describe('fair-share', () => {
  it('lets the one furthest behind go', () => {
    const ledger = aLedger(['Zoe'], { Dana: behind(0.5), Eli: behind(0.4) });
    expect(pick({ ledger, orders: ['Eli', 'Dana', 'Ben'] })).to.deep.equal({
      runner: 'Dana',
      reason: 'LOWEST',
    });
  });

  it('lets the longest unserved of two level people go', () => {
    const ledger = aLedger(['Eli', 'Dana', 'Zoe']);
    expect(pick({ ledger, orders: ['Dana', 'Eli'] })).to.deep.equal({
      runner: 'Eli',
      reason: 'TIE_LONGEST_AGO',
    });
  });

  it('lets a level person who has not gone yet go before one who has', () => {
    const ledger = aLedger(['Eli', 'Zoe']);
    expect(pick({ ledger, orders: ['Eli', 'Ben'] })).to.deep.equal({
      runner: 'Ben',
      reason: 'TIE_LONGEST_AGO',
    });
  });

  it('draws the lot between level people who have not gone yet', () => {
    const runners = ['run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6'].map((runId) =>
      pick({ orders: ['Dana', 'Eli'], command: { runId } }),
    );
    expect(new Set(runners.map(({ runner }) => runner))).to.have.keys('Dana', 'Eli');
    expect(runners.every(({ reason }) => reason === 'TIE_LOT')).to.equal(true);
  });

  it('charges everybody alike, and the remainder to the runner', () => {
    const orders = Array.from({ length: 23 }, (_, index) => ({
      userId: `U${String(index)}`,
      quantity: index + 1,
    }));
    const [runner, ...others] = decided({ orders }).fairness.ranking.map(({ charge }) => charge);
    const share = Math.floor(UNIT / 23);
    expect(others.every((charge) => charge === share)).to.equal(true);
    expect(runner).to.equal(UNIT - 22 * share);
    expect(runner).to.be.above(share);
  });
});
