import type { Work } from '../work.ts';
import { type DeadLetterRange, openDeadLetters } from './dead-letters.ts';
import { type Bucket, createHistogram } from './histogram.ts';

export type CountedDeadLetters = {
  readonly topic: string;
  /** Largest bucket first. */
  readonly buckets: readonly Bucket[];
};

/** Counts dead letters by reason, schema and producer. */
export const countDeadLetters = async (work: Work, range: DeadLetterRange): Promise<CountedDeadLetters> => {
  const { topic, total, letters } = await openDeadLetters(work, work.settings('kafka'), range);
  const progress = work.progress('counting', total);
  const histogram = createHistogram();
  let done = 0;
  for await (const letter of letters) {
    histogram.add(letter);
    done += 1;
    progress.set(done);
  }
  progress.stop();
  return { topic, buckets: histogram.buckets() };
};
