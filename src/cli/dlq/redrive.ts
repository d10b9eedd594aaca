import { Argument } from 'commander';
import { createRecordCodec } from '../../avro/record-codec.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import type { Cli } from '../frame/cli.ts';
import { EXIT, wrongUse } from '../frame/exit-codes.ts';
import { wholeNumber } from '../frame/flags.ts';
import { createProgress } from '../frame/progress.ts';
import { openRegistry } from '../../operations/servers/servers.ts';
import type { Where } from '../../operations/history/range.ts';
import { OUTPUT_WHERE_HELP, outputWhere } from '../replay/where-flag.ts';
import { count } from '../../domain/words/count.ts';
import {
  isAt,
  noSuchLetter,
  openDeadLetters,
  rangeOfLetter,
  type DeadLetters,
  type LetterPlace,
} from '../../operations/dead-letters/dead-letters.ts';
import { letterPlace } from './letter-place.ts';
import { reasonOption } from './reason-option.ts';
import { redriveLetters } from '../../operations/redrive/redrive-letters.ts';
import { createRedriveReport, tellRedrive } from './redrive-report.ts';

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
    .command('redrive', 'Send dead letters that can be read by now to the commands again, each once', [
      'runclose dlq redrive',
      'runclose dlq redrive --reason UNKNOWN_SCHEMA_ID --yes',
    ])
    .addArgument(
      new Argument('[place]', 'only the one at partition@offset, as `dlq list` tells it').argParser(
        letterPlace,
      ),
    )
    .addOption(reasonOption())
    .option(
      '--schema <id>',
      'those written with this schema id only, as `dlq list` tells it',
      wholeNumber(0, 2 ** 31 - 1),
    )
    .option(
      '--from <where>',
      `begin there among the dead letters: ${OUTPUT_WHERE_HELP} (default: earliest)`,
      outputWhere,
    )
    .option('--to <where>', 'end there (default: latest)', outputWhere)
    .option(
      '--max-attempts <n>',
      'leave those that were sent again so many times already',
      wholeNumber(1, 1_000),
      3,
    )
    .option(
      '--untraceable',
      'send those, too, of which nobody can tell any more whether they were sent before',
    )
    .option('--yes', 'send them; without, only tell what would happen')
    .action(
      cli.perform(async (context, at: LetterPlace | undefined, options: RedriveOptions) => {
        const { output, interrupted } = context;
        if (at !== undefined && (options.from ?? options.to) !== undefined)
          throw wrongUse('one place is a range already: leave out --from and --to');
        const [from, to]: readonly [Where, Where] =
          at === undefined
            ? [options.from ?? { kind: 'earliest' }, options.to ?? { kind: 'latest' }]
            : rangeOfLetter(at);
        const config = context.settings('kafka', 'registry');
        const letters = await openDeadLetters(context, config, from, to);
        if (at !== undefined) await requireLetter(letters, at);
        const registry = await openRegistry(context, config);
        const schemaIds = createSchemaIds({ ...registry, topics: RECORD_TOPICS });
        const { decode } = createRecordCodec({ ...registry, schemaIds });
        const isDry = options.yes !== true;
        const progress = createProgress(output, isDry ? 'reading' : 'sending', letters.total);
        context.onClose(() => progress.stop());
        const report = createRedriveReport();
        let [judged, copied] = [0, 0];
        if (!isDry)
          context.onClose(() => {
            if (interrupted.aborted)
              output.note(
                `Interrupted: ${count(copied, 'dead letter')} sent for good by this run. The same command goes on.`,
              );
          });
        const partitions = await redriveLetters(
          {
            ...letters,
            groupId: config.kafka.groupId,
            decode,
            interrupted,
            onClose: context.onClose,
            onVerdict: (letter, verdict) => {
              report.add(letter, verdict);
              judged += 1;
              progress.set(judged);
            },
            onCopied: (records) => {
              copied += records;
            },
          },
          {
            ranges: letters.ranges,
            reason: options.reason,
            schemaId: options.schema,
            maxAttempts: options.maxAttempts,
            mode: isDry ? 'dry' : 'send',
            untraceable: options.untraceable === true ? 'send' : 'leave',
          },
        );
        progress.stop();
        if (interrupted.aborted) return undefined;
        const { topic, names } = letters;
        const result = { topic, to: names.requested, done: !isDry, ...report.result(), partitions };
        if (output.json) await output.record(result);
        else await tellRedrive(result, options.maxAttempts, output);
        return !isDry && report.left() > 0 ? EXIT.failed : EXIT.done;
      }),
    );
};

/** Sending none of one that there is not would be told as if it had been sent before. */
const requireLetter = async ({ letters, topic }: DeadLetters, at: LetterPlace): Promise<void> => {
  for await (const { record } of letters) if (isAt(record, at)) return;
  throw noSuchLetter(at, topic);
};
