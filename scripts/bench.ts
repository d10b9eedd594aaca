/**
 * Measures speed and memory, each beside something that was measured in the same run: `npm run bench -- --help`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { emit } from './bench/emit.ts';
import { HELP, readOptions, type PartName, type Wish } from './bench/options.ts';
import type { Measured, Part } from './bench/part.ts';
import { report } from './bench/report.ts';
import { verify } from './bench/verify.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';

const PARTS: Readonly<Record<PartName, Part>> = { verify, emit };

const progress = createProgress(process.stderr);

const wishOf = (): Wish | undefined => {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    progress.say(
      `${error instanceof Error ? error.message : String(error)}\nnpm run bench -- --help tells more.`,
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
  const { parts, size, output } = wish.options;
  const folder = await mkdtemp(join(tmpdir(), 'runclose-bench-'));
  try {
    const measured: Measured[] = [];
    for (const name of parts) measured.push(await PARTS[name]({ size, folder, progress, signal }));
    const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
    process.stdout.write(
      output === 'json'
        ? `${JSON.stringify({ machine, measured })}\n`
        : `${report(measured)}\n\nNode ${machine.node}, ${String(machine.cores)} cores: ${machine.cpu}\n`,
    );
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const signal = onInterruption();
try {
  process.exitCode = await run();
} catch (error) {
  progress.say(
    signal.aborted
      ? 'Interrupted: what was started is ended, and its files are removed.'
      : `It could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exitCode = signal.aborted ? 130 : 1;
}
