import { expect } from 'chai';
import { UNIT } from '../../../src/domain/ledger.ts';
import { aLedger, closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';
import { decided, pick } from '../../support/deciding.ts';

describe('a decision', () => {
  it('records everything that it was made from', () => {
    const ledger = aLedger(['Eli', 'Dana', 'Eli', 'Ben', 'Cleo'], {
      Dana: { balance: -2 * UNIT },
      Ben: { balance: -3 * UNIT },
      Cleo: { balance: -5 * UNIT },
    });
    const orders = [
      anOrder({ userId: 'Cleo' }),
      anOrder({ userId: 'Ben', quantity: 2, canRun: false }),
      anOrder({ userId: 'Adam', canRun: false }),
      anOrder({ userId: 'Dana', slackUserId: 'S1', displayName: 'Dana D.' }),
      anOrder({ userId: 'Eli' }),
    ];
    const policy = { version: 7, windowRuns: 3 };
    expect(closedOf(createChannel(policy, ledger).preview(aCommand({ orders })))).to.deep.equal({
      kind: 'closed',
      sequence: 6,
      runner: { userId: 'Dana', slackUserId: 'S1', displayName: 'Dana D.' },
      fairness: {
        policy: 'fair-share',
        policyVersion: 7,
        windowRuns: 3,
        repeat: 'strict',
        repeatAllowed: false,
        unit: UNIT,
        reason: 'PREVIOUS_EXCLUDED',
        explanation:
          'Dana D. goes: 2.00 runs behind (made 1, fair share 3.00); Eli is even. ' +
          'Cleo (5.00 runs behind) would have been first, but went last time.',
        ranking: [
          {
            rank: 1,
            userId: 'Dana',
            displayName: 'Dana D.',
            quantity: 1,
            served: 1,
            servedInWindow: 0,
            balance: -2 * UNIT,
            charge: UNIT / 5,
            lastServedSequence: 2,
            exclusion: 'NONE',
          },
          {
            rank: 2,
            userId: 'Eli',
            displayName: 'Eli',
            quantity: 1,
            served: 2,
            servedInWindow: 1,
            balance: 0,
            charge: UNIT / 5,
            lastServedSequence: 3,
            exclusion: 'NONE',
          },
          {
            rank: null,
            userId: 'Cleo',
            displayName: 'Cleo',
            quantity: 1,
            served: 1,
            servedInWindow: 1,
            balance: -5 * UNIT,
            charge: UNIT / 5,
            lastServedSequence: 5,
            exclusion: 'PREVIOUS_RUNNER',
          },
          {
            rank: null,
            userId: 'Adam',
            displayName: 'Adam',
            quantity: 1,
            served: 0,
            servedInWindow: 0,
            balance: 0,
            charge: UNIT / 5,
            lastServedSequence: null,
            exclusion: 'CANNOT_RUN',
          },
          {
            rank: null,
            userId: 'Ben',
            displayName: 'Ben',
            quantity: 2,
            served: 1,
            servedInWindow: 1,
            balance: -3 * UNIT,
            charge: UNIT / 5,
            lastServedSequence: 4,
            exclusion: 'CANNOT_RUN',
          },
        ],
      },
    });
  });

  it('says that the previous runner cannot run, not that they are held', () => {
    const { ranking } = decided({
      ledger: aLedger(['Ben']),
      orders: ['Dana', { userId: 'Ben', canRun: false }],
    }).fairness;
    expect(ranking.map(({ userId, exclusion }) => [userId, exclusion])).to.deep.equal([
      ['Dana', 'NONE'],
      ['Ben', 'CANNOT_RUN'],
    ]);
  });

  it('compares ids by UTF-16 code units', () => {
    const pairThenPrivate = ['\ue000', '🙂'];
    expect(pick({ policy: { policy: 'window-count' }, orders: pairThenPrivate }).runner).to.equal('🙂');
    expect(pick({ policy: { policy: 'window-count' }, orders: ['a', 'B'] }).runner).to.equal('B');
  });
});
