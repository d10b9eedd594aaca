/**
 * The development stack: real Kafka, a real schema registry and real PostgreSQL, as processes of this machine: `npm run stack -- --help`.
 */
import { parseArgs } from 'node:util';
import { takeDown } from './stack/down.ts';
import { Interrupted, onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { describeStack } from './stack/status.ts';
import { bringUp } from './stack/up.ts';

const progress = createProgress(process.stderr);

const commands: Record<string, (flags: { wipe?: boolean | undefined }) => Promise<number>> = {
  up: async () => {
    await bringUp(progress, onInterruption());
    return 0;
  },
  down: async ({ wipe }) => {
    await takeDown(progress, { data: wipe === true ? 'wipe' : 'keep' });
    return 0;
  },
  status: async () => {
    const { table, complete } = await describeStack(progress);
    process.stdout.write(`${table}\n`);
    return complete ? 0 : 1;
  },
};

const USAGE = `\
npm run stack -- up              starts what is not running, and waits until all of it answers
npm run stack -- status          what runs where
npm run stack -- down [--wipe]   ends what it started; with --wipe the data goes too
`;

const readWish = () => {
  try {
    return parseArgs({
      options: { wipe: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch {
    return { values: {}, positionals: [] };
  }
};

const run = async (): Promise<number> => {
  const { values, positionals } = readWish();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = positionals.length === 1 ? commands[positionals[0] ?? ''] : undefined;
  if (command !== undefined) return command(values);
  process.stderr.write(USAGE);
  return 64;
};

try {
  process.exitCode = await run();
} catch (error) {
  progress.say(
    error instanceof Interrupted ? 'Interrupted: what had been started is ended again.' : String(error),
  );
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
