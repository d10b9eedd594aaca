/** The files that one mocha process runs. */
import { kindOf, tierOf } from './tiers.ts';

export type Job = {
  readonly files: readonly string[];
  /** How long the job takes, as far as is known. */
  readonly seconds: number;
  /** How much of a core the job keeps busy. */
  readonly cores: number;
};

/** Shorter files share a process, because each process takes about a second to start. */
const SECONDS_PER_JOB = 20;

/**
 * Spreads files over processes of about the same duration. The longest come first, because a long one that starts last would delay the end.
 * No process runs files of two tiers.
 */
export const planJobs = (
  files: readonly string[],
  durations: Readonly<Record<string, number>>,
  cores: number,
): Job[] => {
  const secondsOf = (file: string): number => durations[file] ?? kindOf(tierOf(file)).usualSeconds;
  return [...new Set(files.map(tierOf))]
    .flatMap((tier) => {
      const ofTier = files.filter((file) => tierOf(file) === tier);
      const longest = ofTier.sort((a, b) => secondsOf(b) - secondsOf(a));
      const total = longest.reduce((sum, file) => sum + secondsOf(file), 0);
      const count = Math.min(ofTier.length, Math.max(cores, Math.ceil(total / SECONDS_PER_JOB)));
      const bins = Array.from({ length: count }, () => ({ files: [] as string[], seconds: 0 }));
      for (const file of longest) {
        const emptiest = bins.reduce((a, b) => (b.seconds < a.seconds ? b : a));
        emptiest.files.push(file);
        emptiest.seconds += secondsOf(file);
      }
      return bins.map((bin) => ({ ...bin, cores: kindOf(tier).cores }));
    })
    .sort((a, b) => b.seconds - a.seconds);
};

/** Runs as many jobs in parallel as keep the cores busy. Starts no more jobs after the signal. */
export const runJobs = <Result>(
  jobs: readonly Job[],
  { cores, signal, run }: { cores: number; signal: AbortSignal; run: (job: Job) => Promise<Result> },
): Promise<Result[]> => {
  const waiting = [...jobs];
  const results: Result[] = [];
  const running = new Set<Promise<void>>();
  let free = cores;

  const startWhatFits = (): void => {
    for (;;) {
      const next = waiting.findIndex((job) => job.cores <= free || running.size === 0);
      const [job] = next === -1 || signal.aborted ? [] : waiting.splice(next, 1);
      if (job === undefined) return;
      free -= job.cores;
      const ended = run(job).then((result) => {
        results.push(result);
        free += job.cores;
        running.delete(ended);
      });
      running.add(ended);
    }
  };

  const work = async (): Promise<Result[]> => {
    startWhatFits();
    while (running.size > 0) {
      await Promise.race(running);
      startWhatFits();
    }
    return results;
  };
  return work();
};
