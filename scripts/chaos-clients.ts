/** Services that use the package, under faults, checked by Kafka's own consumer: `npm run chaos-clients -- --help`. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { ClientRecord } from './chaos/clients/client-run.ts';
import { HELP, readOptions, type ClientsOptions } from './chaos/clients/options.ts';
import { runPublishers } from './chaos/clients/run-publishers.ts';
import { runSubscribers } from './chaos/clients/run-subscribers.ts';
import { root, stackFolder } from './stack/folders.ts';
import { onInterruption } from './stack/interruption.ts';
import { createProgress } from './stack/progress.ts';
import { runScript } from './stack/run-script.ts';

const progress = createProgress(process.stderr);

const signal = onInterruption();

const MAX_EXAMPLES = 20;

const report = ({ counts, wrong, seconds }: ClientRecord, options: ClientsOptions): string => {
  const table = new Table({ head: ['what', 'count'], style: { head: [], border: [] } });
  table.push(
    ...[...counts].sort(([a], [b]) => a.localeCompare(b)),
    ['wrong or missing', wrong.length],
    ['seconds', seconds],
  );
  const { who, commands, instances, brokers, seed } = options;
  const again = `npm run chaos-clients -- ${who} --commands ${commands} --instances ${instances} --brokers ${brokers} --seed ${seed}`;
  return [
    table.toString(),
    ...wrong.slice(0, MAX_EXAMPLES),
    `${wrong.length === 0 ? 'Everything was right' : 'Something was wrong'}. The same again: ${again}`,
  ].join('\n');
};

const run = async (options: ClientsOptions): Promise<number> => {
  const work = options.who === 'publishers' ? runPublishers : runSubscribers;
  const record = await work({
    options,
    folder: join(stackFolder, `chaos-clients-${options.seed}-${process.pid}`),
    command: [process.execPath, join(root, 'dist/cli/main.js'), 'serve'],
    progress,
    signal,
  });
  process.stdout.write(`${report(record, options)}\n`);
  return record.wrong.length === 0 ? 0 : 1;
};

await runScript({
  name: 'chaos-clients',
  help: HELP,
  readArguments: () => readOptions(process.argv.slice(2), () => randomInt(2 ** 31)),
  run,
  failed: 'The run failed',
  interrupted: 'Interrupted: what was started is ended, and its data removed.',
  progress,
  signal,
});
