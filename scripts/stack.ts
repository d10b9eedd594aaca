/**
 * The development stack: real Kafka, a real schema registry and real PostgreSQL, as processes of this machine.
 *
 *     npm run stack -- up              starts what is not running, and waits until all of it answers
 *     npm run stack -- status          what runs where
 *     npm run stack -- down [--wipe]   ends what it started; with --wipe the data goes too
 */
import { parseArgs } from 'node:util';
import { takeDown } from './stack/down.ts';
import { Interrupted, onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { describeStack } from './stack/status.ts';
import { bringUp } from './stack/up.ts';

const USAGE = 'usage: npm run stack -- up | status | down [--wipe]\n';
const progress = createProgress(process.stderr);

const run = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { wipe: { type: 'boolean' } },
    allowPositionals: true,
  });
  switch (positionals.join(' ')) {
    case 'up':
      await bringUp(progress, onInterruption());
      return 0;
    case 'down':
      await takeDown(progress, { data: values.wipe === true ? 'wipe' : 'keep' });
      return 0;
    case 'status': {
      const { table, complete } = await describeStack(progress);
      process.stdout.write(`${table}\n`);
      return complete ? 0 : 1;
    }
    default:
      process.stderr.write(USAGE);
      return 64;
  }
};

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  progress.say(
    error instanceof Interrupted ? 'Interrupted: what had been started is ended again.' : String(error),
  );
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
