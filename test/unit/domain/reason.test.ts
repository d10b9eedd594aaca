import { expect } from 'chai';
import { aLedger } from '../../support/channel.ts';
import { behind, pick } from '../../support/deciding.ts';

describe('the reason', () => {
  it('is a tie before it is a held previous runner who was due', () => {
    const ledger = aLedger(['Ben'], { Ben: behind(3) });
    expect(pick({ ledger, orders: ['Ben', 'Dana', 'Eli'] }).reason).to.equal('TIE_LOT');
  });

  it('is that only one person can run, even if others are tied or held back', () => {
    const orders = ['Dana', { userId: 'Eli', canRun: false }, { userId: 'Ben', canRun: false }];
    expect(pick({ ledger: aLedger(['Ben']), orders }).reason).to.equal('SOLE_ELIGIBLE');
  });

  it('is the lowest key if only a held-back previous runner owed more', () => {
    const ledger = aLedger(['Ben'], { Dana: behind(1) });
    expect(pick({ ledger, orders: ['Ben', 'Dana'] })).to.deep.equal({ runner: 'Dana', reason: 'LOWEST' });
  });
});
