import { expect } from 'chai';
import { UNIT } from '../../../../src/domain/ledger.ts';
import { aLedger } from '../../../support/channel.ts';
import { decided, pick } from '../../../support/deciding.ts';

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

  it('picks the lower id if neither served in the window, whoever went before it', () => {
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
