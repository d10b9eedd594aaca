/**
 * Measures speed and memory, each beside something that was measured in the same run: `npm run bench -- --help`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { emit } from './bench/emit.ts';
import { HELP, readOptions, type BenchOptions, type PartName } from './bench/options.ts';
import type { Measured, Part } from './bench/part.ts';
import { report } from './bench/report.ts';
import { serve } from './bench/serve/serve.ts';
import { verify } from './bench/verify.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { runScript } from './stack/run-script.ts';

const PARTS: Readonly<Record<PartName, Part>> = { verify, emit, serve };

const progress = createProgress(process.stderr);

const signal = onInterruption();

const run = async ({ parts, output, ...options }: BenchOptions): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'runclose-bench-'));
  try {
    const measured: Measured[] = [];
    for (const name of parts) measured.push(...(await PARTS[name]({ ...options, folder, progress, signal })));
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

await runScript({
  name: 'bench',
  help: HELP,
  readWish: () => readOptions(process.argv.slice(2)),
  run,
  failed: 'It could not be measured',
  interrupted: 'Interrupted: what was started is ended, and its files are removed.',
  progress,
  signal,
});
