import { SingleBar } from 'cli-progress';
import type { Progress } from '../../operations/work.ts';
import type { Output } from './output.ts';

/** Shows a progress bar on stderr, if stderr is a terminal. */
export const createProgress = (
  { watched }: Pick<Output, 'watched'>,
  what: string,
  total: number,
): Progress => {
  if (!watched) return { set: () => {}, passOver: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} [{bar}] {value}/{total}, {rate}/s, {eta_formatted} left`,
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // The command line handles Ctrl-C itself, and stops the bar then.
    gracefulExit: false,
  });
  let [before, startedAt] = [0, performance.now()];
  bar.start(total, before, { rate: 0 });
  return {
    set: (done) =>
      bar.update(done, { rate: Math.round((1000 * (done - before)) / (performance.now() - startedAt)) }),
    passOver: (done) => {
      [before, startedAt] = [done, performance.now()];
      // Start the bar again: it estimates the remaining time from its start.
      bar.stop();
      bar.start(total, before, { rate: 0 });
    },
    stop: () => bar.stop(),
  };
};
