import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_CHANNEL_POLICY } from '../../src/domain/channel-policy.ts';
import { decide } from '../../src/domain/decide.ts';
import { runClosed, runSummary } from '../../src/domain/events.ts';
import { aHistory, aPolicy, closedRuns, holds, played } from '../support/histories.ts';

describe('every decision', () => {
  it('picks somebody who can run, if anybody can', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, policy) => {
        for (const { command, decision } of played(history, policy)) {
          const able = command.orders.filter(({ canRun }) => canRun).map(({ userId }) => userId);
          if (decision.kind === 'closed') expect(able).to.include(decision.runner.userId);
          else
            expect({ able, reason: decision.reason }).to.deep.equal({
              able: [],
              reason: 'NO_ELIGIBLE_RUNNER',
            });
        }
      }),
    );
  });

  it('is the same whatever the order of the orders', () => {
    holds(
      fc.property(aHistory(), aPolicy(), fc.nat(), (history, settings, turn) => {
        const policy = { ...DEFAULT_CHANNEL_POLICY, ...settings };
        for (const { command, before, decision } of played(history, policy)) {
          const at = turn % (command.orders.length + 1);
          const orders = [...command.orders.slice(at), ...command.orders.slice(0, at)].reverse();
          expect(
            decide({ ledger: before, policy, closedBy: undefined }, { ...command, orders }),
          ).to.deep.equal(decision);
        }
      }),
    );
  });

  it('gives equal bytes when it is made again', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, settings) => {
        const policy = { ...DEFAULT_CHANNEL_POLICY, ...settings };
        for (const { command, before, decision } of closedRuns(history, policy)) {
          const again = decide(
            { ledger: structuredClone(before), policy, closedBy: undefined },
            structuredClone(command),
          );
          expect(JSON.stringify(again)).to.equal(JSON.stringify(decision));
          expect(
            JSON.stringify(runSummary(command, runClosed(command, decision, 'e'), policy, 's')),
          ).to.equal(JSON.stringify(runSummary(structuredClone(command), decision, policy, 's')));
        }
      }),
      60,
    );
  });

  it('stays when the picked one is further behind, or somebody else further ahead', () => {
    holds(
      fc.property(
        aHistory(),
        aPolicy(),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.nat(),
        (history, settings, units, chosen) => {
          const policy = { ...DEFAULT_CHANNEL_POLICY, ...settings };
          for (const { command, before, decision } of closedRuns(history, policy)) {
            const runner = decision.runner.userId;
            const others = command.orders.filter(({ userId }) => userId !== runner);
            const other = others[chosen % Math.max(others.length, 1)]?.userId;
            for (const [userId, change] of [
              [runner, -units],
              [other, units],
            ] as const) {
              const member = userId === undefined ? undefined : before.members.get(userId);
              if (member === undefined) continue;
              const members = new Map(before.members).set(member.userId, {
                ...member,
                balance: member.balance + change,
              });
              const again = decide({ ledger: { ...before, members }, policy, closedBy: undefined }, command);
              expect(again.kind === 'closed' && again.runner.userId).to.equal(runner);
            }
          }
        },
      ),
    );
  });

  it('stays when somebody drops out who is neither picked nor the previous runner', () => {
    holds(
      fc.property(aHistory(), aPolicy(), fc.nat(), (history, settings, chosen) => {
        const policy = { ...DEFAULT_CHANNEL_POLICY, ...settings };
        for (const { command, before, decision } of closedRuns(history, policy)) {
          // A window says nothing of balances, and the soft rule asks the next in line for theirs.
          if (policy.policy === 'window-count' && decision.fairness.reason === 'SOFT_REPEAT') continue;
          const staying = [decision.runner.userId, before.head.previousRunner];
          const others = command.orders.filter(({ userId, canRun }) => canRun && !staying.includes(userId));
          const dropped = others[chosen % Math.max(others.length, 1)];
          const orders = command.orders.filter((order) => order !== dropped);
          const again = decide({ ledger: before, policy, closedBy: undefined }, { ...command, orders });
          expect(again.kind === 'closed' && again.runner.userId).to.equal(decision.runner.userId);
        }
      }),
    );
  });
});
