/** Measures speed and memory, each as a ratio to a reference of the same run: `npm run bench -- --help`. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { emit } from './bench/emit.ts';
import { HELP, readOptions, type BenchOptions, type PartName } from './bench/options.ts';
import type { Measured, Part } from './bench/part.ts';
import { writeDocs, writePictures } from './bench/pages/write-docs.ts';
import { report } from './bench/report.ts';
import { judgeRatio, noteRatio, notedRatio, ratioIn } from './bench/serve/ratio-check.ts';
import { serve } from './bench/serve/serve.ts';
import { verify } from './bench/verify.ts';
import { stackFolder } from './stack/folders.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { runScript } from './stack/run-script.ts';

const PARTS: Readonly<Record<PartName, Part>> = { verify, emit, serve };

const progress = createProgress(process.stderr);

const signal = onInterruption();

const TRIES = 3;

const measure = async (options: BenchOptions): Promise<readonly Measured[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'runclose-bench-'));
  // PostgreSQL runs under another account, which must be able to enter the folder.
  await chmod(folder, 0o755);
  try {
    const measured: Measured[] = [];
    for (const name of options.parts)
      measured.push(...(await PARTS[name]({ ...options, folder, progress, signal })));
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const run = async (options: BenchOptions): Promise<number> => {
  const [load = 0] = loadavg();
  const begun = Date.now();
  const measured = await measure(options);
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' };
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify({ machine, measured: measured.map(({ picture: _, ...figures }) => figures) })}\n`
      : `${report(measured)}\n\nNode ${machine.node}, ${String(machine.cores)} cores: ${machine.cpu}\n`,
  );
  await writePictures(measured, join(stackFolder, 'bench'));
  switch (options.afterwards) {
    case 'nothing':
      return 0;
    case 'write docs': {
      const minutes = Math.ceil((Date.now() - begun) / 60_000);
      const day = new Date(begun).toISOString().slice(0, 10);
      const memoryGb = Math.round(totalmem() / 2 ** 30);
      await writeDocs(measured, { ...machine, memoryGb, load, minutes, day });
      return 0;
    }
    case 'note ratio':
      await noteRatio(ratioIn(measured));
      return 0;
    case 'check ratio':
      return check(measured, options);
  }
};

/** Other work on the machine may slow one measurement down, so a fall counts only if every repetition shows it. */
const check = async (measured: readonly Measured[], options: BenchOptions): Promise<number> => {
  const noted = await notedRatio();
  let verdict = judgeRatio(ratioIn(measured), noted);
  for (let tries = 1; verdict.kind === 'fell' && tries < TRIES; tries += 1) {
    progress.say(`${verdict.words}. Measuring once more…`);
    verdict = judgeRatio(ratioIn(await measure(options)), noted);
  }
  progress.say(verdict.words);
  return verdict.kind === 'held' ? 0 : 2;
};

await runScript({
  name: 'bench',
  help: HELP,
  readArguments: () => readOptions(process.argv.slice(2)),
  run,
  failed: 'It could not be measured',
  interrupted: 'Interrupted: what was started is ended, and its files are removed.',
  progress,
  signal,
});
