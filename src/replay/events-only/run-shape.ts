import { POLICY_NAMES, REPEAT_RULES } from '../../domain/channel-policy.ts';
import { UNIT } from '../../domain/ledger.ts';
import type { Fairness, RunClosed } from '../../domain/records.ts';
import { MAX_QUANTITY } from '../../domain/validate.ts';
import { runSettingsIn } from '../reconstructed-command.ts';
import { finding, type Finding } from './divergence.ts';

/** Values that no event can have, whatever came before. */
export const shapeFaults = ({ fairness: { ranking } }: RunClosed): readonly Finding[] => {
  const seen = new Set<string>();
  return ranking.flatMap(({ userId, quantity }, index): readonly Finding[] => {
    const place = `fairness.ranking[${String(index)}]`;
    const twice = seen.has(userId);
    seen.add(userId);
    return [
      ...(twice ? [{ ...finding('PERSON_TWICE', `${place}.userId`, 'once', userId), userId }] : []),
      ...(quantity >= 1 && quantity <= MAX_QUANTITY
        ? []
        : [{ ...finding('QUANTITY_OUT_OF_RANGE', `${place}.quantity`, 'from 1 to 100', quantity), userId }]),
    ];
  });
};

export const unknownSetting = (fairness: Fairness): readonly Finding[] => {
  const settings = runSettingsIn(fairness);
  if (!('unknown' in settings)) return [];
  const { unknown } = settings;
  const [code, expected] = UNKNOWN[unknown];
  return [finding(code, `fairness.${unknown}`, expected, fairness[unknown])];
};

/** "A, B or C". */
const oneOf = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;

const UNKNOWN = {
  policy: ['POLICY_UNKNOWN', oneOf(POLICY_NAMES)],
  windowRuns: ['WINDOW_OUT_OF_RANGE', 'from 1 to 50'],
  repeat: ['REPEAT_RULE_UNKNOWN', oneOf(REPEAT_RULES)],
} as const;

/** The runner must be first in the ranking. */
export const runnerDifference = ({ runner, fairness: { ranking } }: RunClosed): readonly Finding[] => {
  const first = ranking[0]?.userId;
  return runner.userId === first ? [] : [finding('RUNNER_DIFFERS', 'runner.userId', first, runner.userId)];
};

/** The charges of a run must sum to one run. */
export const chargesDifference = ({ fairness: { ranking } }: RunClosed): readonly Finding[] => {
  const sum = ranking.reduce((total, { charge }) => total + charge, 0);
  return sum === UNIT ? [] : [finding('CHARGES_DO_NOT_SUM', 'fairness.ranking[].charge', UNIT, sum)];
};
