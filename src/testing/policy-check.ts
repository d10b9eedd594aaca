import { POLICY_NAMES, POLICY_RANGES, REPEAT_RULES, type PolicySettings } from '../domain/channel-policy.ts';
import { nearestName } from '../domain/words/nearest-name.ts';
import { wrongUse } from '../processor/failure.ts';

type Fits = (value: unknown) => boolean;

/** Throws `WRONG_USE` for everything that `runclose channel set` refuses, because JavaScript callers may pass what the types rule out. */
export const expectPolicy = (policy: Readonly<Record<string, unknown>>): void => {
  const faults = Object.entries(policy).flatMap(([name, value]) => {
    const known = RULES[name];
    if (known === undefined) {
      const nearest = nearestName(name, Object.keys(RULES));
      return [`policy.${name} is not a setting${nearest === undefined ? '' : `: did you mean ${nearest}?`}`];
    }
    const [what, fits] = known;
    return fits(value) ? [] : [`policy.${name} must be ${what}`];
  });
  if (faults.length > 0) throw wrongUse(faults.join('; '));
};

const within = ([low, high]: readonly [low: number, high: number]): readonly [string, Fits] => [
  `a whole number from ${low} to ${high}`,
  (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
];
const oneOf = (names: readonly unknown[]): readonly [string, Fits] => [
  `one of ${names.join(', ')}`,
  (value) => names.includes(value),
];

const USER_IDS: readonly [string, Fits] = [
  'a list of user ids',
  (value) => Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== ''),
];

const RULES: Readonly<Record<string, readonly [what: string, fits: Fits]>> = {
  enabled: oneOf([true, false]),
  policy: oneOf(POLICY_NAMES),
  windowRuns: within(POLICY_RANGES.windowRuns),
  repeat: oneOf(REPEAT_RULES),
  adminUserIds: USER_IDS,
  remindersEnabled: oneOf([true, false]),
  reminderOffsetMinutes: within(POLICY_RANGES.reminderOffsetMinutes),
  retentionDays: within(POLICY_RANGES.retentionDays),
} satisfies Record<keyof PolicySettings, unknown>;
