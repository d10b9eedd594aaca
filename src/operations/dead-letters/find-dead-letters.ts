import type { Work } from '../work.ts';
import {
  type DeadLetter,
  type DeadLetterPlace,
  isAt,
  noSuchDeadLetter,
  openDeadLetters,
} from './dead-letters.ts';

export type DeadLetterSearch = {
  readonly at: DeadLetterPlace | undefined;
  /** The code of the reason. */
  readonly reason: string | undefined;
};

export type FoundDeadLetters = {
  readonly topic: string;
  /** Ordered by time. Rejects if there is none at the place that was searched for. */
  readonly letters: AsyncIterable<DeadLetter>;
};

export const findDeadLetters = async (
  work: Work,
  { at, reason }: DeadLetterSearch,
): Promise<FoundDeadLetters> => {
  const { topic, letters } = await openDeadLetters(work, work.settings('kafka'), { at });

  async function* found(): AsyncGenerator<DeadLetter, void, undefined> {
    let any = false;
    for await (const letter of letters) {
      if (at !== undefined && !isAt(letter.record, at)) continue;
      if (reason !== undefined && letter.reason.code !== reason) continue;
      any = true;
      yield letter;
    }
    if (at !== undefined && !any) throw noSuchDeadLetter(at, topic, reason);
  }
  return { topic, letters: found() };
};
