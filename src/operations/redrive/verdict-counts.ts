import type { LogRecord } from '../../kafka/records/log-record.ts';
import type { Verdict } from './verdicts.ts';

/** For each verdict, how many dead letters got it, and the place of the first one. */
type Verdicts = Partial<Record<(typeof NAMES)[Verdict], { readonly count: number; readonly firstAt: Place }>>;

type Place = Pick<LogRecord, 'topic' | 'partition' | 'offset'>;

const NAMES = {
  sent: 'sent',
  'sent-before': 'sentBefore',
  unreadable: 'unreadable',
  'too-many-attempts': 'tooManyAttempts',
  'too-large': 'tooLarge',
  foreign: 'foreign',
  untraceable: 'untraceable',
  'not-asked-for': 'notAskedFor',
} as const satisfies Record<Verdict, string>;

export type VerdictCounts = ReturnType<typeof createVerdictCounts>;

export const createVerdictCounts = () => {
  const verdicts: Verdicts = {};
  let letters = 0;
  return {
    add: ({ topic, partition, offset }: LogRecord, verdict: Verdict): void => {
      const name = NAMES[verdict];
      const { count, firstAt } = verdicts[name] ?? { count: 0, firstAt: { topic, partition, offset } };
      verdicts[name] = { count: count + 1, firstAt };
      letters += 1;
    },
    result: () => ({ letters, verdicts }),
    /** How many of the requested dead letters were not sent. */
    unsent: (): number => UNSENT.reduce((sum, verdict) => sum + (verdicts[verdict]?.count ?? 0), 0),
  };
};

const UNSENT: readonly (keyof Verdicts)[] = [
  'unreadable',
  'tooManyAttempts',
  'foreign',
  'untraceable',
  'tooLarge',
];
