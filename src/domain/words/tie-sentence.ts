import { POLICIES } from '../policies/policies.ts';
import type { TieReason } from '../reason.ts';
import type { Facts, Voice } from './voice.ts';

/** Who was tied with the runner, and what broke the tie. */
export const tieSentence = (reason: TieReason, facts: Facts, voice: Voice): string => {
  const { nameOf, words, runsInWindow } = voice;
  const [runner, second = runner] = facts.ranking;
  const tied = tiedIn(reason, facts).map(nameOf);
  const names = listed(tied);
  const neither = tied.length === 2 ? 'neither' : 'none of the tied';
  switch (reason) {
    case 'TIE_LONGEST_AGO': {
      const level = words.level(runner, tied.length === 2 ? 'both' : 'all');
      const last = runner.lastServedSequence;
      const went =
        last === null
          ? `${nameOf(runner)} has not gone yet, ${nameOf(second)} went`
          : `${nameOf(runner)} went in run ${String(last)}, ${nameOf(second)}`;
      return `${names} ${level}. ${went} in run ${String(second.lastServedSequence)}, so ${nameOf(runner)} goes.`;
    }
    case 'TIE_LOT':
      return `${names} are tied, and ${neither} has gone yet. The lot fell to ${nameOf(runner)}; the same run always gives the same lot.`;
    case 'TIE_ID':
      return `${names} are tied${servedNone(runsInWindow, neither)}; the lower id goes.`;
  }
};

/** In rank order. */
const tiedIn = (reason: TieReason, { policy, ranking }: Facts) => {
  const [runner] = ranking;
  const { key } = POLICIES[policy];
  const shared = reason === 'TIE_LONGEST_AGO' ? key.slice(0, 1) : key;
  return ranking.filter(
    (entry) => entry.rank !== null && shared.every((compare) => compare(runner, entry) === 0),
  );
};

/** "Dana and Eli", "Dana, Eli and 3 others". */
const listed = ([first = '', second = '', ...others]: readonly string[]): string => {
  if (others.length === 0) return `${first} and ${second}`;
  return `${first}, ${second} and ${String(others.length)} ${others.length === 1 ? 'other' : 'others'}`;
};

/** Ids only part people who have not served in the window at all. */
const servedNone = (runsInWindow: number, neither: string): string => {
  if (runsInWindow === 0) return '';
  if (runsInWindow === 1) return `, and ${neither} served the last run`;
  return `, with none of the last ${String(runsInWindow)} runs`;
};
