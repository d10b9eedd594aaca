import { expect } from 'chai';
import fc from 'fast-check';
import { UNIT } from '../../src/domain/ledger.ts';
import type { RankingEntry } from '../../src/domain/records.ts';
import { aLedger } from '../support/channel.ts';
import { expectTrue } from '../support/claims.ts';
import { aHistory, aPolicy, closedRuns, holds } from '../support/histories.ts';

/** A ledger whose balances lie a few units apart, so that rounding can hide their difference. */
const aCloseLedger = () =>
  fc
    .record({
      runners: fc.array(fc.constantFrom('U0', 'u1', '🙂2', 'U3'), { minLength: 1, maxLength: 8 }),
      base: fc.constantFrom(0, 1, UNIT / 5, -UNIT / 5, UNIT / 1000, -UNIT / 20_000),
      steps: fc.array(fc.constantFrom(0, 0, 1, -1, 300_000, -9_000, UNIT), { minLength: 7, maxLength: 7 }),
    })
    .map(({ runners, base, steps }) =>
      aLedger(
        runners,
        Object.fromEntries(
          ['U0', 'u1', '🙂2', 'U3', 'u4', '🙂5', 'U6'].map((userId, index) => {
            const served = runners.filter((runner) => runner === userId).length;
            const balance = Math.round(base + (steps[index] ?? 0));
            // A fair share is never negative.
            return [userId, { balance: Math.min(balance, served * UNIT) }];
          }),
        ),
      ),
    );

const decimalsIn = (text: string): readonly number[] =>
  [...text.matchAll(/\d+\.(\d+)/g)].map(([, decimals = '']) => decimals.length);

describe('an explanation', () => {
  it('says nothing that the event does not show: each sentence and number is derived again', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, policy) => {
        for (const { decision } of closedRuns(history, policy)) expectTrue(decision);
      }),
    );
  });

  it('stays true when balances lie so close together that rounding hides the difference', () => {
    holds(
      fc.property(aHistory({ runs: 3 }), aPolicy(), aCloseLedger(), (history, policy, ledger) => {
        for (const { decision } of closedRuns(history, policy, ledger)) {
          expectTrue(decision);
          const { explanation } = decision.fairness;
          expect(new Set(decimalsIn(explanation)).size, explanation).to.be.at.most(1);
        }
      }),
    );
  });

  it('prints two balances alike only if it says that they differ by a rounding remainder', () => {
    holds(
      fc.property(
        aHistory({ runs: 3 }),
        aPolicy(['fair-share']),
        aCloseLedger(),
        (history, policy, ledger) => {
          for (const { decision } of closedRuns(history, policy, ledger)) {
            const { explanation, ranking, reason } = decision.fairness;
            const inLine = ranking.filter(({ rank }) => rank !== null);
            const [runner, second] = inLine as [RankingEntry, RankingEntry | undefined];
            const printed = [...explanation.matchAll(/(\d+\.\d+)(?: runs)? (behind|ahead)/g)].map(
              ([, runs, side]) => `${runs ?? ''} ${side ?? ''}`,
            );
            const isTie = reason.startsWith('TIE') || second?.balance === runner.balance;
            if (isTie || new Set(printed).size === printed.length) continue;
            expect(explanation).to.contain('by a rounding remainder');
          }
        },
      ),
    );
  });

  it('tells people apart who share a name, and calls nobody by a blank', () => {
    const names = fc.constantFrom('Ana', 'Ben J.', '', ' ', 'U0');
    holds(
      fc.property(
        aHistory(),
        aPolicy(),
        fc.array(names, { minLength: 7, maxLength: 7 }),
        (history, policy, called) => {
          const renamed = history.map((command) => ({
            ...command,
            orders: command.orders.map((order) => ({
              ...order,
              displayName: called[Number(order.userId.slice(-1))] ?? '',
            })),
          }));
          for (const { decision } of closedRuns(renamed, policy)) {
            expectTrue(decision);
            expect(decision.fairness.explanation).not.to.match(/J\.\./);
          }
        },
      ),
      200,
    );
  });
});
