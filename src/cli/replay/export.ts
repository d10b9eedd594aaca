import { count } from '../../domain/words/count.ts';
import { exportHistory, type ExportRequest } from '../../operations/export/export.ts';
import { refuseEmptyRange } from '../../operations/history/range.ts';
import { wrongUse } from '../../operations/refusals.ts';
import type { Cli } from '../frame/cli.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import type { LineOf } from '../json/lines.ts';
import { WHERE_HELP, where } from './where-flag.ts';

export const replayExport = (cli: Cli): void => {
  cli
    .command('export <file>', 'Write commands, as they stand in the topic, into an Avro file', [
      'runclose replay export month.avro --with-events',
      'runclose replay export sample.avro --with-events --sample 500 --pseudonymise',
    ])
    .option('--with-events', 'and the events and dead letters that they led to')
    .option('--from <where>', `begin there: ${WHERE_HELP} (default: earliest)`, where)
    .option('--to <where>', 'end there (default: committed)', where)
    .option('--channel <id>', 'this channel only', id)
    .option('--sample <n>', 'the first commands only, so many', wholeNumber(1, 1e12))
    .option('--pseudonymise', 'with made-up ids and names and without texts, fit for a repository')
    .option(
      '--pseudonym-key-file <file>',
      'make the ids up with the key in this file, so that exports with the same key have the same ids; a missing file is created (default: a random key that is not kept)',
    )
    .action(
      cli.perform(async (context, path: string, options: ExportRequest) => {
        const { output } = context;
        refuseEmptyRange(options.from, options.to);
        if (options.pseudonymKeyFile !== undefined && options.pseudonymise !== true)
          throw wrongUse(
            '--pseudonym-key-file needs --pseudonymise: without --pseudonymise, all ids are the real ones',
          );
        const exported = await exportHistory(context, path, options);
        const { commands, emitted, leftOut } = exported;
        const facts = { file: path, ...exported } satisfies LineOf<'replay export'>;
        if (output.json) await output.record(facts);
        else
          await output.line(
            `${path}: ${count(commands, 'command')}, ${count(emitted, 'record')} they led to`,
          );
        if (leftOut > 0)
          output.note(`${count(leftOut, 'record')} left out: what is no valid command may hold anything.`);
      }),
    );
};
