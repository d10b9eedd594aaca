import { expect } from 'chai';
import pc from 'picocolors';
import { DEFAULT_CHANNEL_POLICY } from '../../../../src/domain/channel-policy.ts';
import { UNIT } from '../../../../src/domain/ledger.ts';
import type { RankingEntry } from '../../../../src/domain/records.ts';
import { ledgerTable } from '../../../../src/cli/text/ledger.ts';
import { changesBetween, changeText, policyTable } from '../../../../src/cli/channel/policy-text.ts';
import { rankingTable } from '../../../../src/cli/text/ranking.ts';
import { balance, runs } from '../../../../src/cli/text/runs.ts';
import { table } from '../../../../src/cli/text/table.ts';

const plain = pc.createColors(false);

const entry = (changes: Partial<RankingEntry>): RankingEntry => ({
  rank: 1,
  userId: 'U1',
  displayName: 'Dana',
  quantity: 1,
  served: 3,
  servedInWindow: 1,
  balance: -272_367_295,
  charge: 0,
  lastServedSequence: 12,
  exclusion: 'NONE',
  ...changes,
});

describe('Tables', () => {
  it('rank everybody in a run, and say why the rest could not go', () => {
    const ranking = [
      entry({}),
      entry({ rank: 2, userId: 'U2', displayName: 'Eli', served: 0, balance: 0, lastServedSequence: null }),
      entry({ rank: null, userId: 'U3', displayName: 'Ben', balance: UNIT, exclusion: 'PREVIOUS_RUNNER' }),
      entry({ rank: null, userId: 'U4', displayName: 'Ada', balance: -1, exclusion: 'CANNOT_RUN' }),
    ];
    expect(rankingTable(ranking, plain).split('\n')).to.deep.equal([
      'rank  who   made  fair share  balance  last went  why not',
      '   1  Dana     3        4.17    -1.17  run 12',
      '   2  Eli      0        0.00     0.00  never',
      '   -  Ben      3        2.00    +1.00  run 12     made the last run',
      '   -  Ada      3        3.00     0.00  run 12     cannot run',
    ]);
  });

  it('show what everybody has made and drunk', () => {
    const member = {
      userId: 'U1',
      balance: UNIT / 2,
      served: 2,
      attended: 5,
      lastServedSequence: 4,
      lastSeenSequence: 5,
    };
    expect(ledgerTable([member], plain).split('\n')).to.deep.equal([
      'who  made  fair share  balance  ordered in  last went',
      'U1      2        1.50    +0.50      5 runs  run 4',
    ]);
  });

  it('show a policy under the names of its flags, and what a version changed', () => {
    const after = { ...DEFAULT_CHANNEL_POLICY, version: 1, windowRuns: 7, adminUserIds: ['U1', 'U2'] };
    expect(policyTable(after, plain).split('\n').slice(0, 4)).to.deep.equal([
      'setting          value',
      'enabled          true',
      'policy           fair-share',
      'window-runs      7',
    ]);
    expect(changesBetween(DEFAULT_CHANNEL_POLICY, after).map(changeText)).to.deep.equal([
      'window-runs 5 → 7',
      'admins none → U1, U2',
    ]);
  });

  it('let no text of a person disturb the terminal', () => {
    const drawn = table([{ title: 'who' }], [['\u001b[31mred\r\nnext\u2028line']], plain);
    expect(drawn.split('\n')).to.deep.equal(['who', ' [31mred  next line']);
  });
});

describe('Units as runs', () => {
  it('are rounded as the explanations round them: half to even', () => {
    expect(runs(UNIT / 8)).to.equal('0.12');
    expect(runs((UNIT * 3) / 8)).to.equal('0.38');
    expect(runs(UNIT * 4)).to.equal('4.00');
  });

  it('show on which side of level a balance is', () => {
    expect([balance(UNIT), balance(-UNIT), balance(0), balance(1)]).to.deep.equal([
      '+1.00',
      '-1.00',
      '0.00',
      '0.00',
    ]);
  });
});
