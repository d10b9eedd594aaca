import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createChannel } from '../support/channel.ts';
import { aCommand, anOrder } from '../support/commands.ts';

type RecordedChannel = {
  channelId: string;
  fairnessWindowRuns: number;
  adminUserIds: string[];
  runs: {
    runId: string;
    closedAt: string;
    initiatorUserId: string;
    actorUserId: string;
    allowConsecutiveRunner: boolean;
    participants: { userId: string; displayName: string; orderId: string; orderText: string }[];
    expected: { runnerUserId: string; servedInWindow: number } | { error: 'NoEligibleRunner' };
  }[];
};

const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/window-count.json', import.meta.url), 'utf8'),
) as { channels: RecordedChannel[] };

describe('the predecessor', () => {
  for (const { channelId, fairnessWindowRuns, adminUserIds, runs } of recorded.channels) {
    it(`is matched by window-count pick for pick with a window of ${String(fairnessWindowRuns)} in ${channelId}`, () => {
      const channel = createChannel({ policy: 'window-count', windowRuns: fairnessWindowRuns, adminUserIds });
      for (const { runId, participants, expected, ...run } of runs) {
        const command = aCommand({
          runId,
          channelId,
          initiatorUserId: run.initiatorUserId,
          actorUserId: run.actorUserId,
          allowConsecutiveRunner: run.allowConsecutiveRunner,
          requestedAt: Date.parse(run.closedAt),
          orders: participants.map(({ userId, displayName, orderId, orderText }) =>
            anOrder({ userId, displayName, orderId, text: orderText }),
          ),
        });
        const decision = channel.close(command);
        if ('error' in expected) {
          expect(decision, runId).to.include({ kind: 'rejected', reason: 'NO_ELIGIBLE_RUNNER' });
        } else {
          if (decision.kind === 'rejected') throw new Error(`${runId}: ${decision.message}`);
          const [runner] = decision.fairness.ranking;
          expect(
            { runnerUserId: runner?.userId, servedInWindow: runner?.servedInWindow },
            runId,
          ).to.deep.equal({
            runnerUserId: expected.runnerUserId,
            servedInWindow: expected.servedInWindow,
          });
        }
      }
    });
  }
});

describe('window-count with everybody present', () => {
  it('lets the six lowest of twelve ids run in turn, for ever, with a window of five', () => {
    const people = Array.from({ length: 12 }, (_, index) => `U${String(index + 10)}`);
    const channel = createChannel({ policy: 'window-count', windowRuns: 5 });
    for (let run = 0; run < 120; run += 1) {
      const orders = people.map((userId) => anOrder({ userId }));
      const decision = channel.close(aCommand({ runId: `run-${String(run)}`, orders }));
      expect(decision.kind === 'closed' && decision.runner.userId).to.equal(people[run % 6]);
    }
  });
});
