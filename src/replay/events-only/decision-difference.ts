import type { Closed } from '../../domain/decide.ts';
import type { RankingEntry, RunClosed } from '../../domain/records.ts';
import { type EventDivergenceCode, finding, type Finding } from './divergence.ts';

/** All differences between an event and the right decision. Compares texts with names unless they are redacted. */
export const decisionDifferences = (
  expected: Closed,
  found: RunClosed,
  { isForgotten }: { readonly isForgotten: (event: RunClosed) => boolean },
): readonly Finding[] => {
  const { runner, fairness } = expected;
  const differences: Finding[] = [];
  const compare = (code: EventDivergenceCode, field: string, should: unknown, is: unknown): void => {
    if (should !== is) differences.push(finding(code, field, should, is));
  };
  const withTexts = !isForgotten(found);

  compare('RUNNER_DIFFERS', 'runner.userId', runner.userId, found.runner.userId);
  // Another runner has another name.
  if (withTexts && runner.userId === found.runner.userId)
    compare('RUNNER_NAME_DIFFERS', 'runner.displayName', runner.displayName, found.runner.displayName);
  compare('PARTICIPANT_COUNT_DIFFERS', 'participantCount', fairness.ranking.length, found.participantCount);
  compare('UNIT_DIFFERS', 'fairness.unit', fairness.unit, found.fairness.unit);
  compare('REASON_DIFFERS', 'fairness.reason', fairness.reason, found.fairness.reason);
  if (withTexts)
    compare('EXPLANATION_DIFFERS', 'fairness.explanation', fairness.explanation, found.fairness.explanation);
  return [...differences, ...rankingDifferences(fairness.ranking, found.fairness.ranking)];
};

const rankingDifferences = (
  expected: readonly RankingEntry[],
  found: readonly RankingEntry[],
): readonly Finding[] => {
  const inOrder = expected.every(({ userId }, index) => userId === found[index]?.userId);
  const differences: Finding[] = inOrder
    ? []
    : [finding('RANKING_ORDER_DIFFERS', 'fairness.ranking', idsOf(expected), idsOf(found))];
  const byUser = inOrder ? null : new Map(expected.map((entry) => [entry.userId, entry]));
  found.forEach((entry, index) => {
    const should = byUser === null ? expected[index] : byUser.get(entry.userId);
    if (should !== undefined) differences.push(...entryDifferences(should, entry, index));
  });
  return differences;
};

const idsOf = (entries: readonly RankingEntry[]): readonly string[] => entries.map(({ userId }) => userId);

const ENTRY_FIELDS = [
  ['rank', 'RANK_DIFFERS'],
  ['served', 'SERVED_DIFFERS'],
  ['servedInWindow', 'SERVED_IN_WINDOW_DIFFERS'],
  ['balance', 'BALANCE_DIFFERS'],
  ['charge', 'CHARGE_DIFFERS'],
  ['lastServedSequence', 'LAST_SERVED_DIFFERS'],
  ['exclusion', 'EXCLUSION_DIFFERS'],
] as const satisfies readonly (readonly [keyof RankingEntry, EventDivergenceCode])[];

/** @param expected only the fields that it contains are compared */
export const entryDifferences = (
  expected: Partial<RankingEntry>,
  found: RankingEntry,
  index: number,
): readonly Finding[] =>
  ENTRY_FIELDS.flatMap(([field, code]): readonly Finding[] =>
    !(field in expected) || expected[field] === found[field]
      ? []
      : [
          {
            code,
            field: `fairness.ranking[${String(index)}].${field}`,
            userId: found.userId,
            expected: expected[field],
            found: found[field],
          },
        ],
  );
