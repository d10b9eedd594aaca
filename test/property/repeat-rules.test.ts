import { expect } from 'chai';
import fc from 'fast-check';
import { POLICY_NAMES } from '../../src/domain/channel-policy.ts';
import { aHistory, aPolicy, closedRuns, holds } from '../support/histories.ts';
import { isLower, referenceKey } from '../support/reference-pick.ts';

describe('the strict rule', () => {
  it('lets the previous runner go again exactly if nobody else is able, or repeats are allowed and the key is lowest', () => {
    holds(
      fc.property(aHistory(), aPolicy(POLICY_NAMES, ['strict']), (history, policy) => {
        for (const { command, before, decision } of closedRuns(history, policy)) {
          const { previousRunner } = before.head;
          const able = decision.fairness.ranking.filter(({ exclusion }) => exclusion !== 'CANNOT_RUN');
          const previous = able.find(({ userId }) => userId === previousRunner);
          if (previous === undefined) continue;
          const event = { ...decision, runId: command.runId };
          const isLowest = able.every(
            (entry) =>
              entry === previous || isLower(referenceKey(event, previous), referenceKey(event, entry)),
          );
          expect(decision.runner.userId === previousRunner).to.equal(
            able.length === 1 || (command.allowConsecutiveRunner && isLowest),
          );
        }
      }),
    );
  });
});
