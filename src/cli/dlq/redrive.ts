import type { DeadLetterPlace } from '../../operations/dead-letters/dead-letters.ts';
import type { Where } from '../../operations/history/range.ts';
import { redrive } from '../../operations/redrive/redrive.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { Cli } from '../frame/cli.ts';
import { EXIT } from '../frame/exit-codes.ts';
import { wholeNumber } from '../frame/flags.ts';
import { fromOption, toOption } from '../frame/where-flags.ts';
import { placeArgument, reasonOption } from './letter-flags.ts';
import { printRedrive } from './redrive-report.ts';

type RedriveOptions = {
  readonly reason?: string;
  readonly schema?: number;
  readonly from?: Where;
  readonly to?: Where;
  readonly maxAttempts: number;
  readonly untraceable?: boolean;
  readonly yes?: boolean;
};

export const dlqRedrive = (cli: Cli): void => {
  cli
    .command('redrive', 'Send dead letters that can be decoded now to the input topic again, each once', [
      'runclose dlq redrive',
      'runclose dlq redrive --reason UNKNOWN_SCHEMA_ID --yes',
    ])
    .addArgument(placeArgument())
    .addOption(reasonOption())
    .option(
      '--schema <id>',
      'only dead letters written with this schema id, as `dlq list` shows it',
      wholeNumber(0, 2 ** 31 - 1),
    )
    .addOption(fromOption('where to start among the dead letters'))
    .addOption(toOption())
    .option(
      '--max-attempts <n>',
      'leave out dead letters that were sent again this many times',
      wholeNumber(1, 1_000),
      3,
    )
    .option('--untraceable', 'also send dead letters that may have been sent before')
    .option('--yes', 'send them (default: only show what would be sent)')
    .action(
      cli.perform(async (context, at: DeadLetterPlace | undefined, options: RedriveOptions) => {
        const { output } = context;
        if (at !== undefined && (options.from ?? options.to) !== undefined)
          throw wrongUse('a place names one dead letter: leave out --from and --to');
        const isDry = options.yes !== true;
        const redriven = await redrive(context, {
          from: options.from,
          to: options.to,
          at,
          reason: options.reason,
          schemaId: options.schema,
          maxAttempts: options.maxAttempts,
          mode: isDry ? 'dry' : 'send',
          untraceable: options.untraceable === true ? 'send' : 'leave',
        });
        if (redriven === undefined) return undefined;
        const { unsent, topic, letters, verdicts, partitions } = redriven;
        const result = { topic, to: redriven.sentTo, done: !isDry, letters, verdicts, partitions };
        if (output.json) await output.record(result);
        else await printRedrive(result, options.maxAttempts, output);
        return !isDry && unsent > 0 ? EXIT.failed : EXIT.done;
      }),
    );
};
