import { expect } from 'chai';
import { UNIT } from '../../../src/domain/ledger.ts';
import { aLedger } from '../../support/channel.ts';
import { behind, decided, pick } from '../../support/deciding.ts';

describe('the previous runner', () => {
  const ledger = aLedger(['Ben'], { Ben: behind(3), Dana: behind(1) });
  const orders = ['Ben', 'Dana', 'Eli'];

  it('sits a run out, and the next in line goes', () => {
    expect(pick({ ledger, orders })).to.deep.equal({ runner: 'Dana', reason: 'PREVIOUS_EXCLUDED' });
  });

  it('is held back without being the reason if the runner was due anyway', () => {
    const wellOff = aLedger(['Ben'], { Ben: { balance: UNIT }, Dana: behind(1) });
    const { fairness } = decided({ ledger: wellOff, orders });
    expect(fairness.reason).to.equal('LOWEST');
    expect(fairness.ranking.at(-1)).to.include({ userId: 'Ben', rank: null, exclusion: 'PREVIOUS_RUNNER' });
  });

  it('goes again if the command allows it and they are the most due', () => {
    const command = { allowConsecutiveRunner: true };
    expect(pick({ ledger, orders, command })).to.deep.equal({ runner: 'Ben', reason: 'REPEAT_ALLOWED' });
  });

  it('is ranked like everybody if the command allows it', () => {
    const wellOff = aLedger(['Ben'], { Ben: { balance: UNIT } });
    const { fairness } = decided({ ledger: wellOff, orders, command: { allowConsecutiveRunner: true } });
    expect(fairness.ranking.at(-1)).to.include({ userId: 'Ben', rank: 3, exclusion: 'NONE' });
  });

  it('goes again if nobody else can run', () => {
    const alone = ['Ben', { userId: 'Dana', canRun: false }];
    expect(pick({ ledger, orders: alone })).to.deep.equal({ runner: 'Ben', reason: 'SOLE_ELIGIBLE' });
  });

  it('is no longer the previous runner once another run was closed', () => {
    const later = aLedger(['Ben', 'Zoe'], { Ben: behind(3), Dana: behind(1) });
    expect(pick({ ledger: later, orders })).to.deep.equal({ runner: 'Ben', reason: 'LOWEST' });
  });

  describe('under the soft rule', () => {
    const policy = { repeat: 'soft' } as const;
    const gap = (units: number) => aLedger(['Ben'], { Ben: { balance: -units }, Dana: { balance: 0 } });

    it('is held while the next in line is less than a whole run better off', () => {
      expect(pick({ policy, ledger: gap(UNIT - 1), orders: ['Ben', 'Dana'] })).to.deep.equal({
        runner: 'Dana',
        reason: 'PREVIOUS_EXCLUDED',
      });
    });

    it('goes again once the next in line is a whole run better off', () => {
      expect(pick({ policy, ledger: gap(UNIT), orders: ['Ben', 'Dana'] })).to.deep.equal({
        runner: 'Ben',
        reason: 'SOFT_REPEAT',
      });
    });

    it('goes again by the soft rule even where the command would have allowed it', () => {
      const command = { allowConsecutiveRunner: true };
      expect(pick({ policy, ledger: gap(UNIT), orders: ['Ben', 'Dana'], command }).reason).to.equal(
        'SOFT_REPEAT',
      );
      expect(pick({ policy, ledger: gap(UNIT - 1), orders: ['Ben', 'Dana'], command }).reason).to.equal(
        'REPEAT_ALLOWED',
      );
    });

    it('is measured by the balance against the next in line under every policy', () => {
      const lucky = aLedger(['Eli', 'Eli', 'Ben'], { Ben: behind(1), Eli: behind(5) });
      const windowed = { policy: 'window-count', repeat: 'soft' } as const;
      expect(pick({ policy: windowed, ledger: lucky, orders: ['Ben', 'Eli'] })).to.deep.equal({
        runner: 'Eli',
        reason: 'PREVIOUS_EXCLUDED',
      });
      const due = aLedger(['Eli', 'Eli', 'Ben'], { Ben: behind(1) });
      expect(pick({ policy: windowed, ledger: due, orders: ['Ben', 'Eli'] })).to.deep.equal({
        runner: 'Ben',
        reason: 'SOFT_REPEAT',
      });
    });

    it('is ranked by key if free to go but not the most due', () => {
      const free = aLedger(['Ben'], { Ben: { balance: 0 }, Dana: { balance: UNIT }, Eli: { balance: UNIT } });
      const recent = { policy: 'least-recent', repeat: 'soft' } as const;
      expect(
        decided({ policy: recent, ledger: free, orders: ['Ben', 'Dana', 'Eli'] }).fairness.ranking[2],
      ).to.include({
        userId: 'Ben',
        rank: 3,
        exclusion: 'NONE',
      });
    });
  });
});
