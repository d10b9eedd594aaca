import { expect } from 'chai';
import { UNIT } from '../../../src/domain/ledger.ts';
import { aLedger } from '../../support/channel.ts';
import { behind, decided, pick } from '../../support/deciding.ts';

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

describe('fair-share-weighted', () => {
  const policy = { policy: 'fair-share-weighted' } as const;

  it('lets the one furthest behind go, however much they ordered', () => {
    const ledger = aLedger(['Zoe'], { Dana: behind(0.5) });
    expect(pick({ policy, ledger, orders: ['Dana', { userId: 'Eli', quantity: 100 }] }).runner).to.equal(
      'Dana',
    );
  });

  it('charges by quantity, and the remainder to the runner', () => {
    const ledger = aLedger(['Zoe'], { Dana: behind(1) });
    const orders = [
      { userId: 'Dana', quantity: 2 },
      { userId: 'Eli', quantity: 100 },
      { userId: 'Ben', quantity: 11, canRun: false },
    ];
    expect(
      decided({ policy, ledger, orders }).fairness.ranking.map(({ userId, charge }) => [userId, charge]),
    ).to.deep.equal([
      ['Dana', UNIT - Math.floor((UNIT * 100) / 113) - Math.floor((UNIT * 11) / 113)],
      ['Eli', Math.floor((UNIT * 100) / 113)],
      ['Ben', Math.floor((UNIT * 11) / 113)],
    ]);
  });
});

describe('least-recent', () => {
  const policy = { policy: 'least-recent' } as const;

  it('picks the person who went longest ago, whatever the balances', () => {
    const ledger = aLedger(['Eli', 'Dana', 'Zoe'], { Dana: behind(5) });
    expect(pick({ policy, ledger, orders: ['Dana', 'Eli'] })).to.deep.equal({
      runner: 'Eli',
      reason: 'LOWEST',
    });
  });

  it('lets somebody who has not gone yet go first', () => {
    const ledger = aLedger(['Eli', 'Zoe'], { Eli: behind(5) });
    expect(pick({ policy, ledger, orders: ['Eli', 'Ben'] })).to.deep.equal({
      runner: 'Ben',
      reason: 'LOWEST',
    });
  });

  it('draws the lot between people who have not gone yet', () => {
    expect(pick({ policy, orders: ['Dana', 'Eli'] }).reason).to.equal('TIE_LOT');
  });

  it('charges everybody alike', () => {
    const { ranking } = decided({ policy, orders: ['Dana', { userId: 'Eli', quantity: 9 }] }).fairness;
    expect(ranking.map(({ charge }) => charge)).to.deep.equal([UNIT / 2, UNIT / 2]);
  });
});

describe('window-count', () => {
  const policy = { policy: 'window-count', windowRuns: 4 } as const;

  it('picks the person who served least in the window, whatever came before it', () => {
    const ledger = aLedger(['Dana', 'Dana', 'Dana', 'Eli', 'Zoe', 'Zoe', 'Zoe']);
    expect(pick({ policy, ledger, orders: ['Dana', 'Eli'] })).to.deep.equal({
      runner: 'Dana',
      reason: 'LOWEST',
    });
  });

  it('picks the person who served longer ago in the window, if both served as often', () => {
    const ledger = aLedger(['Eli', 'Dana', 'Zoe', 'Zoe']);
    expect(pick({ policy, ledger, orders: ['Dana', 'Eli'] })).to.deep.equal({
      runner: 'Eli',
      reason: 'TIE_LONGEST_AGO',
    });
  });

  it('picks the lower id if neither served in the window, even if one of them went before it', () => {
    const ledger = aLedger(['Eli', 'Dana', 'Zoe', 'Zoe', 'Zoe', 'Zoe']);
    expect(pick({ policy, ledger, orders: ['Eli', 'Dana'] })).to.deep.equal({
      runner: 'Dana',
      reason: 'TIE_ID',
    });
  });

  it('charges everybody alike', () => {
    const { ranking } = decided({ policy, orders: ['Dana', { userId: 'Eli', quantity: 9 }] }).fairness;
    expect(ranking.map(({ charge }) => charge)).to.deep.equal([UNIT / 2, UNIT / 2]);
  });
});
