import { count } from '../../domain/words/count.ts';
import { exportHistory, type ExportRequest } from '../../operations/export/export.ts';
import { refuseEmptyRange } from '../../operations/history/range.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { Cli } from '../frame/cli.ts';
import { id, wholeNumber } from '../frame/flags.ts';
import { WHERE_HELP, where } from '../frame/where-flags.ts';
import type { LineOf } from '../json/lines.ts';

export const replayExport = (cli: Cli): void => {
  cli
    .command('export <file>', 'Write commands, as they are in the topic, into an Avro file', [
      'runclose replay export month.avro --with-events',
      'runclose replay export sample.avro --with-events --sample 500 --pseudonymise',
    ])
    .option('--with-events', 'also write their events and dead letters')
    .option('--from <where>', `where to start: ${WHERE_HELP} (default: earliest)`, where)
    .option('--to <where>', 'where to stop, exclusive (default: committed)', where)
    .option('--channel <id>', 'this channel only', id)
    .option('--sample <n>', 'only the first n commands', wholeNumber(1, 1e12))
    .option(
      '--pseudonymise',
      'make up ids and names and leave out texts, so that a repository may hold the file',
    )
    .option(
      '--pseudonym-key-file <file>',
      'make up ids with the key in this file: exports with the same key have the same ids; a missing file is created (default: a random key that is not kept)',
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
        await output.print({
          json: () => ({ file: path, ...exported }) satisfies LineOf<'replay export'>,
          text: () => `${path}: ${count(commands, 'command')}, ${count(emitted, 'emitted record')}`,
        });
        if (leftOut > 0)
          output.note(
            `Left out: ${count(leftOut, 'record')} without a valid command, which may contain anything, even names.`,
          );
      }),
    );
};
