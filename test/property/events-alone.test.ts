import { expect } from 'chai';
import fc from 'fast-check';
import { aHistory, aPolicy, closedRuns, holds } from '../support/histories.ts';
import { isLower, referenceKey, referencePick } from '../support/reference-pick.ts';

describe('a reader who has only the run.closed events', () => {
  it('derives the runner and who was held again', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, policy) => {
        for (const { command, decision } of closedRuns(history, policy)) {
          const { ranking } = decision.fairness;
          expect(referencePick({ ...decision, runId: command.runId })).to.deep.equal({
            runner: decision.runner.userId,
            held: ranking.find(({ exclusion }) => exclusion === 'PREVIOUS_RUNNER')?.userId ?? null,
          });
        }
      }),
    );
  });

  it('finds the eligible ranked by key, then a held previous runner, then those who cannot run by id', () => {
    holds(
      fc.property(aHistory(), aPolicy(), (history, policy) => {
        for (const { command, decision } of closedRuns(history, policy)) {
          const event = { ...decision, runId: command.runId };
          const { ranking } = decision.fairness;
          const groups = ['NONE', 'PREVIOUS_RUNNER', 'CANNOT_RUN'];
          ranking.forEach((entry, index) => {
            expect(entry.rank).to.equal(entry.exclusion === 'NONE' ? index + 1 : null);
            const next = ranking[index + 1];
            if (next === undefined) return;
            const step = groups.indexOf(next.exclusion) - groups.indexOf(entry.exclusion);
            expect(step).to.be.at.least(0);
            if (step > 0) return;
            if (entry.exclusion === 'CANNOT_RUN') expect(entry.userId < next.userId).to.equal(true);
            else expect(isLower(referenceKey(event, entry), referenceKey(event, next))).to.equal(true);
          });
          expect(ranking.map(({ userId }) => userId)).to.have.members(
            command.orders.map(({ userId }) => userId),
          );
        }
      }),
    );
  });
});
