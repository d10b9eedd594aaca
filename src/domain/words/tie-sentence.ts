import { POLICIES } from '../policies.ts';
import type { TieReason } from '../reason.ts';
import type { RankingEntry } from '../records.ts';
import { ago, shortAgo } from './ago.ts';
import { joinNames } from './names.ts';
import type { Facts, Voice } from './voice.ts';

/** Who is tied with the runner, and what breaks the tie. Without the full stop. */
export const tieSentence = (reason: TieReason, facts: Facts, voice: Voice): string => {
  const [runner] = facts.ranking;
  const tied = tiedWithRunner(reason, facts);
  const names = joinNames(tied.map(voice.nameOf));
  const bothOrAll = tied.length === 2 ? 'both' : 'all';
  const isFirstRun = facts.sequence === 1;
  switch (reason) {
    case 'TIE_LONGEST_AGO':
      return `${names} ${voice.words.level(runner, bothOrAll)}, and ${longestAgo(tied, facts, voice)}`;
    case 'TIE_LOT':
      return isFirstRun
        ? 'this is the first run here, so everyone starts even'
        : `${names} ${voice.words.tied(runner, bothOrAll)}`;
    case 'TIE_ID': {
      const tie = isFirstRun
        ? 'this is the first run here'
        : `${names} ${voice.words.tied(runner, bothOrAll)}`;
      return `${tie}, and ${voice.nameOf(runner)} comes first by user id`;
    }
  }
};

/** The runner and everybody who is tied with the runner, in rank order. */
const tiedWithRunner = (reason: TieReason, { policy, ranking }: Facts): readonly RankingEntry[] => {
  const [runner] = ranking;
  const { key } = POLICIES[policy];
  const shared = reason === 'TIE_LONGEST_AGO' ? key.slice(0, 1) : key;
  return ranking.filter(
    (entry) => entry.rank !== null && shared.every((compare) => compare(runner, entry) === 0),
  );
};

const longestAgo = (
  tied: readonly RankingEntry[],
  { sequence, ranking }: Facts,
  { nameOf }: Voice,
): string => {
  const [runner] = ranking;
  const name = nameOf(runner);
  if (runner.lastServedSequence === null) return `${name} has never gone`;
  const [, other, third] = tied;
  if (other === undefined || third !== undefined)
    return `${name} went longest ago (${ago(sequence, runner)})`;
  return `${name} went longer ago (${ago(sequence, runner)}; ${nameOf(other)} ${shortAgo(sequence, other)})`;
};
