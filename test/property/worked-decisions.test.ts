import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { PolicyName, RepeatRule } from '../../src/domain/channel-policy.ts';
import type { Decision } from '../../src/domain/decide.ts';
import { UNIT } from '../../src/domain/ledger.ts';
import { lotOf } from '../../src/domain/lot.ts';
import type { RankingEntry } from '../../src/domain/records.ts';
import { createChannel } from '../support/channel.ts';
import { aCommand, anOrder } from '../support/commands.ts';

type Expected =
  | { rejected: string }
  | { runnerUserId: string; reason: string; ranking: Omit<RankingEntry, 'displayName'>[] };

type WorkedDecisions = {
  unit: number;
  lots: { runId: string; userId: string; lot: string }[];
  channels: {
    policy: PolicyName;
    repeat: RepeatRule;
    windowRuns: number;
    runs: {
      runId: string;
      allowConsecutiveRunner: boolean;
      orders: { userId: string; quantity: number; canRun: boolean }[];
      expected: Expected;
    }[];
  }[];
};

const worked = JSON.parse(
  readFileSync(new URL('../fixtures/decisions.json', import.meta.url), 'utf8'),
) as WorkedDecisions;

const told = (decision: Decision): Expected =>
  decision.kind === 'rejected'
    ? { rejected: decision.reason }
    : {
        runnerUserId: decision.runner.userId,
        reason: decision.fairness.reason,
        ranking: decision.fairness.ranking.map(({ displayName: _, ...entry }) => entry),
      };

describe('the worked decisions', () => {
  it('are in our unit', () => {
    expect(worked.unit).to.equal(UNIT);
  });

  it('have our lots', () => {
    for (const { runId, userId, lot } of worked.lots) {
      const { high, low } = lotOf({ runId, userId });
      expect([high, low].map((half) => half.toString(16).padStart(8, '0')).join('')).to.equal(lot);
    }
  });

  worked.channels.forEach(({ policy, repeat, windowRuns, runs }, index) => {
    it(`are met in every field in channel ${String(index + 1)}: ${policy}, ${repeat}, window of ${String(windowRuns)}`, () => {
      const channel = createChannel({ policy, repeat, windowRuns });
      for (const { runId, allowConsecutiveRunner, orders, expected } of runs) {
        const command = aCommand({
          runId,
          allowConsecutiveRunner,
          orders: orders.map((order) => anOrder(order)),
        });
        expect(told(channel.close(command)), runId).to.deep.equal(expected);
      }
    });
  });
});
