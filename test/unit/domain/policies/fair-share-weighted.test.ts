import { expect } from 'chai';
import { UNIT } from '../../../../src/domain/ledger.ts';
import { aLedger } from '../../../support/channel.ts';
import { behind, decided, pick } from '../../../support/deciding.ts';

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
