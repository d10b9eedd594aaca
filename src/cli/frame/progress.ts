import { SingleBar } from 'cli-progress';
import type { Progress } from '../../operations/work.ts';
import type { Output } from './output.ts';

/** A bar on stderr, shown only if a person watches. */
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
    // Ctrl-C is the command line's own: it closes the bar on its way out.
    gracefulExit: false,
  });
  let [before, begun] = [0, performance.now()];
  bar.start(total, before, { rate: 0 });
  return {
    set: (done) =>
      bar.update(done, { rate: Math.round((1000 * (done - before)) / (performance.now() - begun)) }),
    passOver: (done) => {
      [before, begun] = [done, performance.now()];
      // It reckons the time that is left from where it was started.
      bar.stop();
      bar.start(total, before, { rate: 0 });
    },
    stop: () => bar.stop(),
  };
};
