import { SingleBar } from 'cli-progress';
import type { Output } from './output.ts';

/** How far a long piece of work is. Shown on stderr, and only where a person watches. */
export type Progress = {
  set(done: number): void;
  stop(): void;
};

export const createProgress = (
  { watched }: Pick<Output, 'watched'>,
  what: string,
  total: number,
): Progress => {
  if (!watched) return { set: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} [{bar}] {value}/{total}, {rate}/s, {eta_formatted} left`,
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Ctrl-C is the command line's own: it closes the bar on its way out.
    gracefulExit: false,
  });
  const begun = performance.now();
  bar.start(total, 0, { rate: 0 });
  return {
    set: (done) => bar.update(done, { rate: Math.round((1000 * done) / (performance.now() - begun)) }),
    stop: () => bar.stop(),
  };
};
