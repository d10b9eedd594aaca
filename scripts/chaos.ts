/**
 * A soak under random faults, on servers of its own, checked by outside means: `npm run chaos -- --help`.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { HELP, readOptions } from './chaos/options.ts';
import type { Wish } from './chaos/options.ts';
import { report } from './chaos/report.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { root, stackFolder } from './stack/folders.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';

const progress = createProgress(process.stderr);

const wishOf = (): Wish | undefined => {
  try {
    return readOptions(process.argv.slice(2), () => randomInt(2 ** 31));
  } catch (error) {
    progress.say(
      `${error instanceof Error ? error.message : String(error)}\nnpm run chaos -- --help tells more.`,
    );
    return undefined;
  }
};

const run = async (): Promise<number> => {
  const wish = wishOf();
  if (wish === undefined) return 64;
  if (wish.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { options } = wish;
  const record = await runChaos({
    options,
    folder: join(stackFolder, `chaos-${options.seed}-${process.pid}`),
    command: [process.execPath, join(root, 'dist/cli/main.js'), 'serve'],
    progress,
    signal,
  });
  process.stdout.write(`${options.output === 'json' ? JSON.stringify(record) : report(record)}\n`);
  return record.verdict === 'held' ? 0 : 2;
};

const signal = onInterruption();
try {
  process.exitCode = await run();
} catch (error) {
  progress.say(
    signal.aborted
      ? 'Interrupted: what was started is ended, and its data removed.'
      : `The run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exitCode = signal.aborted ? 130 : 1;
}
