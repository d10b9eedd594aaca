import { expect } from 'chai';
import pc from 'picocolors';
import { DEFAULT_CHANNEL_POLICY } from '../../../../src/domain/channel-policy.ts';
import { UNIT } from '../../../../src/domain/ledger.ts';
import type { RankingEntry } from '../../../../src/domain/records.ts';
import { ledgerTable } from '../../../../src/cli/text/ledger.ts';
import type { ChannelView } from '../../../../src/operations/fairness/channel-view.ts';
import { changesBetween } from '../../../../src/operations/channels/setting-changes.ts';
import { changeText, policyTable } from '../../../../src/cli/channel/policy-text.ts';
import { rankingTable } from '../../../../src/cli/text/ranking.ts';
import { balance, runs } from '../../../../src/cli/text/runs.ts';
import { table } from '../../../../src/cli/text/table.ts';
import { widthOf } from '../../../../src/cli/text/width.ts';

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

const viewOf = (changes: Partial<ChannelView> = {}): ChannelView => {
  const line = {
    displayName: '',
    servedInWindow: 0,
    attended: 5,
    lastServedSequence: null,
    lastSeenSequence: 20,
  };
  return {
    channelId: 'C1',
    policy: 'fair-share',
    runsInWindow: 5,
    sequence: 21,
    lines: [
      { ...line, userId: 'U1', displayName: 'Dana', served: 1, balance: -UNIT / 2 },
      { ...line, userId: 'U2', displayName: 'Eli', served: 2, balance: 0 },
      { ...line, userId: 'U3', displayName: 'Eli', served: 9, balance: 2 * UNIT, lastServedSequence: 20 },
    ],
    ...changes,
  };
};

describe('Tables', () => {
  it('rank everybody in a run, and say why the others could not go', () => {
    const ranking = [
      entry({}),
      entry({ rank: 2, userId: 'U2', displayName: 'Eli', served: 0, balance: 0, lastServedSequence: null }),
      entry({
        rank: null,
        userId: 'U3',
        displayName: 'Ben',
        balance: UNIT,
        lastServedSequence: 20,
        exclusion: 'PREVIOUS_RUNNER',
      }),
      entry({ rank: null, userId: 'U4', displayName: 'Dana', balance: -1, exclusion: 'CANNOT_RUN' }),
    ];
    const tableOf = (policy: string) =>
      rankingTable({ sequence: 21, fairness: { policy, windowRuns: 5, ranking } }, plain).split('\n');
    expect(tableOf('fair-share')).to.deep.equal([
      'rank  who        made  fair share  balance  last went   why not',
      '   1  Dana (U1)     3        4.17    -1.17  9 runs ago',
      '   2  Eli           0        0.00     0.00  never',
      '   -  Ben           3        2.00    +1.00  last time   went last time',
      "   -  Dana (U4)     3        3.00     0.00  9 runs ago  can't go",
    ]);
    expect(tableOf('window-count').slice(0, 2)).to.deep.equal([
      'rank  who        in last 5  made  fair share  balance  last went   why not',
      '   1  Dana (U1)          1     3        4.17    -1.17  9 runs ago',
    ]);
    expect(tableOf('fair-share-weighted')[0]).to.equal(
      'rank  who        drinks  made  fair share  balance  last went   why not',
    );
  });

  it('show how everybody in a channel stands, with names beside ids and a bar left or right of even', () => {
    expect(ledgerTable(viewOf(), plain).split('\n')).to.deep.equal([
      'who       id  made  fair share  balance  owes │ ahead  last went',
      'Dana      U1     1        1.50    -0.50     ▇▇│        never',
      'Eli (U2)  U2     2        2.00     0.00       │        never',
      'Eli (U3)  U3     9        7.00    +2.00       │▇▇▇▇▇   last time',
    ]);
    const nameless = viewOf().lines.map((line) => ({ ...line, displayName: '' }));
    expect(ledgerTable(viewOf({ lines: nameless, policy: 'window-count' }), plain).split('\n')[0]).to.equal(
      'who  in last 5  made  fair share  balance  owes │ ahead  last went',
    );
  });

  it('are no wider than 80 columns, however long names and ids are, and lose nothing of them', () => {
    const long = '漢'.repeat(100);
    const ranking = [entry({ displayName: `${long} ${'x'.repeat(99)}`, userId: 'U'.repeat(128) })];
    const lines = viewOf().lines.map((line) => ({
      ...line,
      displayName: long,
      userId: line.userId.repeat(64),
    }));
    const tables = [
      rankingTable(
        { sequence: 2 ** 40, fairness: { policy: 'window-count', windowRuns: 50, ranking } },
        plain,
      ),
      ledgerTable(viewOf({ lines, policy: 'window-count', runsInWindow: 50, sequence: 2 ** 40 }), plain),
      table(
        [
          { title: 'setting', cell: ({ setting }) => setting },
          { title: 'value', cell: ({ value }) => value },
        ],
        [{ setting: 'KAFKA_BROKERS', value: 'broker.example.org:9092,'.repeat(9) }],
        plain,
      ),
    ];
    for (const drawn of tables)
      for (const line of drawn.split('\n')) expect(widthOf(line), line).to.be.at.most(80);
    expect((tables[0] ?? '').match(/漢/g)).to.have.length(100);
    expect((tables[2] ?? '').match(/9092/g)).to.have.length(9);
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

  it('give the offset of reminders in minutes', () => {
    const of = (reminderOffsetMinutes: number) => ({ ...DEFAULT_CHANNEL_POLICY, reminderOffsetMinutes });
    expect(policyTable(of(10), plain)).to.include('reminder-offset  10 minutes\n');
    expect(changesBetween(of(10), of(1)).map(changeText)).to.deep.equal([
      'reminder-offset 10 minutes → 1 minute',
    ]);
  });

  it('let no text of a person disturb the terminal', () => {
    const drawn = table([{ title: 'who', cell: String }], ['\u001b[31mred\r\nnext\u2028line'], plain);
    expect(drawn.split('\n')).to.deep.equal(['who', ' [31mred  next line']);
  });
});

describe('Units as runs', () => {
  it('are rounded as the explanations round them: half to even', () => {
    expect(runs(UNIT / 8)).to.equal('0.12');
    expect(runs((UNIT * 3) / 8)).to.equal('0.38');
    expect(runs(UNIT * 4)).to.equal('4.00');
  });

  it('show on which side of even a balance is', () => {
    expect([balance(UNIT), balance(-UNIT), balance(0), balance(1)]).to.deep.equal([
      '+1.00',
      '-1.00',
      '0.00',
      '0.00',
    ]);
  });
});
