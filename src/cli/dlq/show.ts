import { Argument } from 'commander';
import type { z } from 'zod';
import type { Cli } from '../frame/cli.ts';
import { wrongUse } from '../../processor/failure.ts';
import { wholeNumber } from '../frame/flags.ts';
import type { deadLetter } from '../json/dlq-lines.ts';
import type { Where } from '../../operations/history/range.ts';
import { refuseUnwritable, writeTarget } from '../../operations/history/target-file.ts';
import { headersJson } from '../tail/record-text.ts';
import { count } from '../../domain/words/count.ts';
import { time } from '../text/json.ts';
import { place } from '../../wire/position.ts';
import { oneLine } from '../text/table.ts';
import {
  isAt,
  noSuchDeadLetter,
  openDeadLetters,
  rangeOfDeadLetter,
  type DeadLetter,
  type DeadLetterPlace,
} from '../../operations/dead-letters/dead-letters.ts';
import { deadLetterPlace } from './dead-letter-place.ts';
import { hexDump } from './hex-dump.ts';
import { reasonOption } from './reason-option.ts';

type ShowOptions = {
  readonly reason?: string;
  readonly limit: number;
  readonly full?: boolean;
  readonly raw?: string;
};

export const dlqShow = (cli: Cli): void => {
  cli
    .command('show', 'Show dead letters, each with its reason and its bytes', [
      'runclose dlq show 3@88',
      'runclose dlq show --reason UNKNOWN_SCHEMA_ID --limit 5',
    ])
    .addArgument(
      new Argument('[place]', 'only the dead letter at partition@offset, as `dlq list` shows it').argParser(
        deadLetterPlace,
      ),
    )
    .addOption(reasonOption())
    .option('--limit <n>', 'show at most this many', wholeNumber(1, 1e9), 10)
    .option('--full', 'show all bytes of each')
    .option('--raw <file>', 'write the bytes of the dead letter at this place into this file')
    .action(
      cli.view(async (context, at: DeadLetterPlace | undefined, options: ShowOptions) => {
        const { output } = context;
        if (options.raw !== undefined && at === undefined)
          throw wrongUse('--raw needs the place of one dead letter: runclose dlq show 3@88 --raw FILE');
        if (options.raw !== undefined) await refuseUnwritable(options.raw, 'bytes');
        const [from, to]: readonly [Where, Where] =
          at === undefined ? [{ kind: 'earliest' }, { kind: 'latest' }] : rangeOfDeadLetter(at);
        const { topic, letters } = await openDeadLetters(context, context.settings('kafka'), from, to);
        let shown = 0;
        for await (const letter of letters) {
          const { record, reason } = letter;
          if (at !== undefined && !isAt(record, at)) continue;
          if (options.reason !== undefined && reason.code !== options.reason) continue;
          if (shown === options.limit) {
            output.note(
              `There are more than ${String(shown)}: --limit shows more, and runclose dlq list counts all.`,
            );
            break;
          }
          if (options.raw !== undefined) {
            await writeTarget(options.raw, record.value ?? Buffer.alloc(0));
            output.note(`${options.raw}: ${bytesOf(record.value)} of ${place(record)}`);
          }
          if (output.json) await output.record(deadLetterJson(letter));
          else await output.line(deadLetterText(letter, options.full === true ? Infinity : SHOWN_BYTES));
          shown += 1;
        }
        if (at !== undefined && shown === 0) throw noSuchDeadLetter(at, topic, options.reason);
        if (shown === 0)
          output.note(
            `There are no ${options.reason === undefined ? '' : `${options.reason} `}dead letters in ${topic}.`,
          );
      }),
    );
};

const SHOWN_BYTES = 256;

const deadLetterJson = ({ record, reason }: DeadLetter): z.infer<typeof deadLetter> => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  timestamp: time(record.timestamp),
  reason: reason.code,
  message: reason.message,
  source: reason.source,
  key: record.key?.toString('utf8') ?? null,
  headers: headersJson(reason.headers),
  value: record.value?.toString('base64') ?? null,
});

const deadLetterText = ({ record, reason }: DeadLetter, most: number): string => {
  const { key, value } = record;
  return [
    `${place(record)}  ${String(time(record.timestamp))}`,
    `reason   ${oneLine(`${reason.code ?? 'unknown'}: ${reason.message ?? 'no processor wrote it'}`)}`,
    `was at   ${reason.source === null ? 'unknown' : oneLine(place(reason.source))}`,
    `key      ${key === null ? '(none)' : oneLine(key.toString('utf8'))}`,
    ...reason.headers.map(
      ([name, content]) =>
        `header   ${oneLine(name)}: ${content === null ? '(null)' : oneLine(content.toString('utf8'))}`,
    ),
    `value    ${value === null ? '(null)' : bytesOf(value)}`,
    ...(value === null || value.length === 0 ? [] : [hexDump(value, most)]),
    '',
  ].join('\n');
};

const bytesOf = (value: Buffer | null): string => count(value?.length ?? 0, 'byte');
