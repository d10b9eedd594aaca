import { expect } from 'chai';
import fc from 'fast-check';
import { UNIT } from '../../src/domain/ledger.ts';
import { aHistory, aPolicy, closedRuns, holds } from '../support/histories.ts';
import { isLower, referenceKey, referencePick } from '../support/reference-pick.ts';

const RECORD = /has made (\d+) and drunk (\d+\.\d+) runs' worth: (?:(\d+\.\d+) (behind|ahead)|(level))[,.]/;

/** The printed number is the rational `units`/UNIT, rounded half to even. */
const expectRounded = (printed: string, units: number): void => {
  const decimals = printed.length - printed.indexOf('.') - 1;
  const scale = 10n ** BigInt(decimals);
  const error = BigInt(printed.replace('.', '')) * BigInt(UNIT) - BigInt(units) * scale;
  const doubled = 2n * (error < 0n ? -error : error);
  expect(doubled <= BigInt(UNIT), `${printed} for ${String(units)} units`).to.equal(true);
  if (doubled === BigInt(UNIT)) expect(Number(printed.at(-1)) % 2).to.equal(0);
};

describe('whoever has only the run.closed events', () => {
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

  it('finds the numbers of the text to be the units, rounded', () => {
    holds(
      fc.property(aHistory(), aPolicy(['fair-share', 'fair-share-weighted']), (history, policy) => {
        for (const { decision } of closedRuns(history, policy)) {
          const { explanation, ranking } = decision.fairness;
          const [runner] = ranking;
          const [, made = '', drunk = '', runs, side, level] = RECORD.exec(explanation) ?? [];
          if (runner === undefined) throw new Error('no ranking');
          expect(Number(made), explanation).to.equal(runner.served);
          expectRounded(drunk, runner.served * UNIT - runner.balance);
          if (level !== undefined) expect(runner.balance).to.equal(0);
          else expectRounded(runs ?? '', side === 'behind' ? -runner.balance : runner.balance);
        }
      }),
    );
  });
});
