import { expect } from 'chai';
import fc from 'fast-check';
import { EMPTY_LEDGER, evolve, type Ledger } from '../../src/domain/ledger.ts';
import type { Closed } from '../../src/domain/decide.ts';
import { folded } from '../support/channel.ts';
import { aHistory, aPolicy, closedRuns, holds } from '../support/histories.ts';

const anEventLog = fc
  .tuple(aHistory(), aPolicy())
  .map(([history, policy]) => closedRuns(history, policy).map(({ decision }) => decision));

const fold = (events: readonly Closed[], start: Ledger = EMPTY_LEDGER): Ledger =>
  events.reduce(folded, start);

describe('folding the events of a channel', () => {
  it('over a prefix twice gives the same as once', () => {
    holds(
      fc.property(anEventLog, fc.nat(), (events, cut) => {
        const whole = fold(events);
        for (const event of events.slice(0, cut % (events.length + 1)))
          expect(evolve(whole, event)).to.equal(null);
      }),
    );
  });

  it('from a snapshot at any point gives the same as the whole', () => {
    holds(
      fc.property(anEventLog, fc.nat(), (events, cut) => {
        const at = cut % (events.length + 1);
        const snapshot = structuredClone(fold(events.slice(0, at)));
        expect(fold(events.slice(at), snapshot)).to.deep.equal(fold(events));
      }),
    );
  });

  it('stays apart from other channels, in whatever order they come', () => {
    holds(
      fc.property(anEventLog, anEventLog, fc.infiniteStream(fc.boolean()), (one, other, turns) => {
        const ledgers = { one: EMPTY_LEDGER, other: EMPTY_LEDGER };
        const left = { one: [...one], other: [...other] };
        for (const turn of turns) {
          const name = turn ? 'one' : 'other';
          const event = left[name].shift();
          if (event !== undefined) ledgers[name] = folded(ledgers[name], event);
          if (left.one.length + left.other.length === 0) break;
        }
        expect(ledgers).to.deep.equal({ one: fold(one), other: fold(other) });
      }),
    );
  });

  it('does not touch an absent member, and starts a newcomer at 0', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, policy) => {
        for (const { command, before, after, decision } of closedRuns(history, policy)) {
          const present = new Set(command.orders.map(({ userId }) => userId));
          for (const [userId, member] of before.members) {
            if (!present.has(userId)) expect(after.members.get(userId)).to.equal(member);
          }
          for (const { userId, balance, served, servedInWindow, lastServedSequence } of decision.fairness
            .ranking) {
            if (before.members.has(userId)) continue;
            expect([balance, served, servedInWindow, lastServedSequence]).to.deep.equal([0, 0, 0, null]);
          }
        }
      }),
    );
  });
});
