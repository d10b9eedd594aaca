import { POLICIES } from './policies/policies.ts';
import { tieBetween } from './reason.ts';
import type { RankingEntry } from './records.ts';
import { REMAINDER } from './words/figures.ts';
import { tieSentence } from './words/tie-sentence.ts';
import { createVoice, type Facts, type Voice } from './words/voice.ts';

/** Why this person makes the run. The numbers are those before it. */
export const explain = (facts: Facts): string => {
  const [runner] = facts.ranking;
  const held = facts.ranking.find(({ exclusion }) => exclusion === 'PREVIOUS_RUNNER');
  const voice = createVoice(facts, held);
  const sentences = [
    `${voice.nameOf(runner)} makes this run.`,
    recordSentence(facts, voice),
    decidingSentence(facts, voice),
    held === undefined ? null : heldSentence(facts, held, voice),
  ];
  return sentences.filter((sentence) => sentence !== null).join(' ');
};

const recordSentence = ({ policy, ranking }: Facts, { nameOf, words }: Voice): string => {
  const [runner, second] = ranking;
  const record = words.record(nameOf(runner), runner);
  if (second?.rank !== 2 || tieBetween(POLICIES[policy], runner, second) !== null) return `${record}.`;
  const couldGo = ranking.filter(({ rank }) => rank !== null).length;
  return `${record}${words.lead(runner, couldGo)}.`;
};

/** Null where the record says it all. */
const decidingSentence = (facts: Facts, voice: Voice): string | null => {
  const { reason, sequence, ranking } = facts;
  const { nameOf, figures } = voice;
  // Who is alone has no second, and no sentence that names one.
  const [runner, second = runner] = ranking;
  switch (reason) {
    case 'LOWEST':
    case 'PREVIOUS_EXCLUDED':
      return null;
    case 'SOLE_ELIGIBLE': {
      const again = runner.lastServedSequence === sequence - 1 ? ', so goes again' : '';
      return `${nameOf(runner)} is the only one here who could go${again}.`;
    }
    case 'REPEAT_ALLOWED':
      return `${nameOf(runner)} went last time too; repeats were allowed for this run.`;
    case 'SOFT_REPEAT': {
      const gap = figures.runs(second.balance - runner.balance);
      return `${nameOf(runner)} went last time too: ${nameOf(second)}, next in line, is ${gap} runs better off, and one whole run lifts the rule.`;
    }
    case 'TIE_LONGEST_AGO':
    case 'TIE_LOT':
    case 'TIE_ID':
      return tieSentence(reason, facts, voice);
  }
};

const heldSentence = ({ reason, ranking }: Facts, held: RankingEntry, { nameOf, words }: Voice): string => {
  if (reason !== 'PREVIOUS_EXCLUDED') return `${nameOf(held)} made the last run, so sits this one out.`;
  const [runner] = ranking;
  const standing = words.standing(held);
  const due = held.balance !== runner.balance && standing === words.standing(runner) ? ` ${REMAINDER}` : '';
  return `${nameOf(held)} (${standing}) was due before ${nameOf(runner)}${due} but made the last run, so sits this one out.`;
};
