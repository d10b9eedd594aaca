import type { RankingEntry } from './records.ts';
import { REMAINDER } from './words/figures.ts';
import { tieSentence } from './words/tie-sentence.ts';
import { createVoice, type Facts, isHeld, type Voice } from './words/voice.ts';

/** Why this person makes the run: the conclusion first, then one short reason. The numbers are those before the run. */
export const explain = (facts: Facts): string => {
  const voice = createVoice(facts);
  const [runner] = facts.ranking;
  const goes = runner.lastServedSequence === facts.sequence - 1 ? 'goes again' : 'goes';
  const byLot = facts.reason === 'TIE_LOT' ? ', by lot' : '';
  return `${voice.nameOf(runner)} ${goes}${byLot}: ${reasonText(facts, voice)}`;
};

const reasonText = (facts: Facts, voice: Voice): string => {
  const { reason, ranking } = facts;
  const inLine = ranking.filter(({ rank }) => rank !== null);
  const [runner, second] = inLine;
  if (runner === undefined || second === undefined) return aloneInLine(ranking, voice);
  const { nameOf, words, figures } = voice;
  const record =
    inLine.length === 2 ? words.ofTwo(runner, second, nameOf(second)) : words.ofMany(runner, inLine.length);
  switch (reason) {
    case 'LOWEST':
    case 'SOLE_ELIGIBLE':
      return `${record}.`;
    case 'PREVIOUS_EXCLUDED': {
      const held = ranking.find(isHeld);
      return held === undefined ? `${record}.` : `${record}. ${wouldHaveBeenFirst(held, runner, voice)}`;
    }
    case 'REPEAT_ALLOWED':
      return `${record}. Two in a row was allowed for this run.`;
    case 'SOFT_REPEAT': {
      const gap = figures.runs(second.balance - runner.balance);
      return (
        `${record}. Two in a row happens here only when the next in line is at least one run better off: ` +
        `${nameOf(second)} is ${gap} better off.`
      );
    }
    case 'TIE_LONGEST_AGO':
    case 'TIE_LOT':
    case 'TIE_ID':
      return `${tieSentence(reason, facts, voice)}.`;
  }
};

const aloneInLine = (ranking: Facts['ranking'], { nameOf }: Voice): string => {
  if (ranking.length === 1) return 'nobody else ordered.';
  const held = ranking.find(isHeld);
  if (held === undefined) return 'nobody else who ordered can.';
  const someoneCannot = ranking.length > 2;
  return `${nameOf(held)} went last time${someoneCannot ? ', and nobody else who ordered can' : ''}.`;
};

const wouldHaveBeenFirst = (held: RankingEntry, runner: RankingEntry, { nameOf, words }: Voice): string => {
  const standing = words.standing(held);
  const alike = held.balance !== runner.balance && standing === words.standing(runner);
  return `${nameOf(held)} (${standing}) would have been first${alike ? ` ${REMAINDER}` : ''}, but went last time.`;
};
