import { expect } from 'chai';
import { UNIT } from '../../../../src/domain/ledger.ts';
import { aLedger } from '../../../support/channel.ts';
import { behind, decided, pick } from '../../../support/deciding.ts';

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
