/** A soak under random faults, on servers of its own, checked with independent means: `npm run chaos -- --help`. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { HELP, readOptions, type ChaosOptions } from './chaos/options.ts';
import { report } from './chaos/report.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { root, stackFolder } from './stack/folders.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { runScript } from './stack/run-script.ts';

const progress = createProgress(process.stderr);

const signal = onInterruption();

const run = async (options: ChaosOptions): Promise<number> => {
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

await runScript({
  name: 'chaos',
  help: HELP,
  readArguments: () => readOptions(process.argv.slice(2), () => randomInt(2 ** 31)),
  run,
  failed: 'The run failed',
  interrupted: 'Interrupted: what was started is ended, and its data removed.',
  progress,
  signal,
});
