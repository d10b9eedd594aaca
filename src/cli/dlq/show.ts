import { count } from '../../domain/words/count.ts';
import type { DeadLetter, DeadLetterPlace } from '../../operations/dead-letters/dead-letters.ts';
import { findDeadLetters } from '../../operations/dead-letters/find-dead-letters.ts';
import { refuseUnwritable, writeTarget } from '../../operations/history/target-file.ts';
import { wrongUse } from '../../processor/failure.ts';
import { readablePosition } from '../../wire/position.ts';
import type { Cli } from '../frame/cli.ts';
import { wholeNumber } from '../frame/flags.ts';
import type { LineOf } from '../json/lines.ts';
import { headersJson } from '../tail/record-text.ts';
import { rfc3339 } from '../text/json.ts';
import { oneLine } from '../../domain/visible-text.ts';
import { hexDump } from './hex-dump.ts';
import { placeArgument, reasonOption } from './letter-flags.ts';

type ShowOptions = {
  readonly reason?: string;
  readonly limit: number;
  readonly full?: boolean;
  readonly raw?: string;
};

const SHOWN_BYTES = 256;

export const dlqShow = (cli: Cli): void => {
  cli
    .command('show', 'Show dead letters, each with its reason and its bytes', [
      'runclose dlq show 3@88',
      'runclose dlq show --reason UNKNOWN_SCHEMA_ID --limit 5',
    ])
    .addArgument(placeArgument())
    .addOption(reasonOption())
    .option('--limit <n>', 'show at most this many', wholeNumber(1, 1e9), 10)
    .option('--full', 'show all bytes of each')
    .option('--raw <file>', 'write the bytes of the dead letter at this place into this file')
    .action(
      cli.view(async (context, at: DeadLetterPlace | undefined, options: ShowOptions) => {
        const { output } = context;
        const { reason, limit, full = false, raw } = options;
        if (raw !== undefined && at === undefined)
          throw wrongUse('--raw needs the place of one dead letter: runclose dlq show 3@88 --raw FILE');
        if (raw !== undefined) await refuseUnwritable(raw, 'bytes');
        const { topic, letters } = await findDeadLetters(context, { at, reason });
        let shown = 0;
        for await (const letter of letters) {
          const { record } = letter;
          if (shown === limit) {
            output.note(
              `There are more than ${String(shown)}: --limit shows more, and runclose dlq list counts all.`,
            );
            break;
          }
          if (raw !== undefined) {
            await writeTarget(raw, record.value ?? Buffer.alloc(0));
            output.note(`${raw}: ${bytesOf(record.value)} of ${readablePosition(record)}`);
          }
          await output.print({
            json: () => deadLetterJson(letter),
            text: () => deadLetterText(letter, full ? Infinity : SHOWN_BYTES),
          });
          shown += 1;
        }
        if (shown === 0)
          output.note(`There are no ${reason === undefined ? '' : `${reason} `}dead letters in ${topic}.`);
      }),
    );
};

const deadLetterJson = ({ record, reason }: DeadLetter): LineOf<'dlq show'> => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  timestamp: rfc3339(record.timestamp),
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
    `${readablePosition(record)}  ${String(rfc3339(record.timestamp))}`,
    `reason   ${oneLine(`${reason.code ?? 'unknown'}: ${reason.message ?? 'no processor wrote it'}`)}`,
    `was at   ${reason.source === null ? 'unknown' : oneLine(readablePosition(reason.source))}`,
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
