import { expect } from 'chai';
import fc from 'fast-check';
import { UNIT } from '../../src/domain/ledger.ts';
import { closedOf, createChannel } from '../support/channel.ts';
import { aCommand, anOrder } from '../support/commands.ts';
import { aHistory, closedRuns, holds } from '../support/histories.ts';

const worstOf = (...history: Parameters<typeof closedRuns>): number =>
  Math.max(
    ...closedRuns(...history).flatMap(({ after }) =>
      [...after.members.values()].map(({ balance }) => Math.abs(balance)),
    ),
  );

describe('the balance of everybody', () => {
  for (const people of [2, 3, 5, 8]) {
    it(`stays within ${String((people - 1) / 2)} runs without a repeat rule among ${String(people)}`, () => {
      const histories = aHistory({ people, runs: 60, everybodyAble: true, repeatAllowed: true });
      holds(
        fc.property(histories, (history) => {
          expect(worstOf(history)).to.be.at.most(((people - 1) * UNIT) / 2);
        }),
        120,
      );
    });
  }

  for (const [atLeast, bound] of [
    [1, 4 / 3],
    [2, 7 / 6],
  ] as const) {
    it(`stays within ${bound.toFixed(2)} runs under the soft rule among three, at least ${String(atLeast)} a time`, () => {
      const histories = aHistory({ people: 3, runs: 80, atLeast, everybodyAble: true, repeatAllowed: false });
      holds(
        fc.property(histories, (history) => {
          expect(worstOf(history, { repeat: 'soft' })).to.be.at.most(bound * UNIT);
        }),
      );
    });
  }

  it('has no bound under the strict rule: somebody who always meets the previous runner always runs', () => {
    const channel = createChannel({ repeat: 'strict' });
    const close = (run: number, ...userIds: string[]) =>
      closedOf(
        channel.close(
          aCommand({ runId: `run-${String(run)}`, orders: userIds.map((userId) => anOrder({ userId })) }),
        ),
      ).runner.userId;
    for (let pair = 0; pair < 200; pair += 1) {
      const last = close(2 * pair, 'X', 'Y');
      expect(close(2 * pair + 1, last, 'B')).to.equal('B');
    }
    expect(channel.ledger().members.get('B')?.balance).to.equal(100 * UNIT);
  });
});
