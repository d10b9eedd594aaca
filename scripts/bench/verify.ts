import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMadeHistory } from '../history/made-history.ts';
import type { Part } from './part.ts';
import { runProgram, type Usage } from './run-program.ts';

const SIZES = { quick: [10_000], usual: [10_000, 100_000], full: [10_000, 100_000, 1_000_000] } as const;
/** The same number in every file, because memory depends on the number of channels. */
const CHANNELS = 2_000;
const SEED = 7;

/** Measures `replay verify` of a file with its events, on all cores. The reference reads the file with avsc alone on one core. */
export const verify: Part = async ({ size, folder, progress, signal }) => {
  const measured: { readonly commands: number; readonly reading: Usage; readonly verifying: Usage }[] = [];
  for (const commands of SIZES[size]) {
    const file = join(folder, 'history.avro');
    progress.say(`Making a history of ${String(commands)} commands…`);
    await writeMadeHistory(file, { commands, channels: CHANNELS, seed: SEED });
    signal.throwIfAborted();
    progress.say('Reading and verifying it…');
    const run = (...args: readonly string[]): Promise<Usage> => runProgram(args, { folder, signal });
    const reading = await run('--import', 'tsx', 'scripts/bench/plain-reading.ts', file);
    const verifying = await run('dist/cli/main.js', 'replay', 'verify', '--file', file, '--no-database');
    measured.push({ commands, reading, verifying });
    await rm(file);
  }
  const least = measured[0]?.verifying.maxRssBytes ?? Number.NaN;
  return [
    {
      part: 'replay verify',
      beside: 'plain: reading the same file with avsc on one thread; least: memory for the smallest file',
      rows: measured.map(({ commands, reading, verifying }) => ({
        commands,
        seconds: verifying.seconds,
        'a second': commands / verifying.seconds,
        'of plain': reading.seconds / verifying.seconds,
        'CPU µs each': (1e6 * verifying.cpuSeconds) / commands,
        'most MB': verifying.maxRssBytes / 2 ** 20,
        'of least': verifying.maxRssBytes / least,
      })),
    },
  ];
};
