import { referencePick } from '../../../test/support/reference-pick.ts';
import { closedIn, placeOf } from '../evidence/events.ts';
import type { OutputRecord } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** The runner could go, and the pick can be derived again from the event alone. */
export const fair: Invariant = {
  id: 'I8',
  title: 'fair',
  violations: ({ outputs }) => outputs.filter(({ role }) => role === 'closed').flatMap(unfairness),
};

const unfairness = (record: OutputRecord): string[] => {
  const event = closedIn(record);
  const { runner, fairness } = event;
  const entry = fairness.ranking.find(({ userId }) => userId === runner.userId);
  if (entry?.exclusion !== 'NONE' || entry.rank !== 1)
    return [`${placeOf(record)}: ${runner.userId} runs without being first in the ranking`];
  const wanted = referencePick(event).runner;
  return wanted === runner.userId
    ? []
    : [`${placeOf(record)}: ${runner.userId} runs, but the event itself says ${wanted}`];
};
