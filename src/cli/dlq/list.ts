import { countDeadLetters } from '../../operations/dead-letters/count-dead-letters.ts';
import { type DeadLetterRange, placeText } from '../../operations/dead-letters/dead-letters.ts';
import type { Bucket } from '../../operations/dead-letters/histogram.ts';
import type { Cli } from '../frame/cli.ts';
import { fromOption, toOption } from '../frame/where-flags.ts';
import type { LineOf } from '../json/lines.ts';
import { rfc3339 } from '../text/json.ts';
import { type Column, table } from '../text/table.ts';

const COLUMNS: readonly Column<Bucket>[] = [
  { title: 'count', align: 'right', cell: ({ count }) => count },
  { title: 'reason', cell: ({ reason }) => reason },
  { title: 'schema', align: 'right', cell: ({ schemaId }) => schemaId ?? '-' },
  { title: 'producer', cell: ({ producer }) => producer },
  { title: 'first', cell: ({ first }) => dayAndTime(first) },
  { title: 'last', cell: ({ last }) => dayAndTime(last) },
  { title: 'latest at', cell: placeText },
];

export const dlqList = (cli: Cli): void => {
  cli
    .command('list', 'Count dead letters by reason, schema and producer', [
      'runclose dlq list',
      'runclose dlq list --from 2026-03-02T08:00:00Z',
    ])
    .addOption(fromOption('where to start'))
    .addOption(toOption())
    .action(
      cli.view(async (context, range: DeadLetterRange) => {
        const { output } = context;
        const { topic, buckets } = await countDeadLetters(context, range);
        const [largest] = buckets;
        if (largest === undefined) {
          if (!output.json) output.note(`There are no dead letters in ${topic}.`);
          return;
        }
        await output.print({
          json: () => buckets.map((bucket) => bucketJson(topic, bucket)),
          text: (colors) => table(COLUMNS, buckets, colors),
        });
        if (!output.json) output.note(`To look at one: runclose dlq show ${placeText(largest)}`);
      }),
    );
};

const bucketJson = (
  topic: string,
  { first, last, partition, offset, ...kind }: Bucket,
): LineOf<'dlq list'> => ({
  ...kind,
  first: rfc3339(first),
  last: rfc3339(last),
  lastAt: { topic, partition, offset },
});

/** In seconds and with a space, so that the table can break the line between day and time: `2026-03-02 08:15:00Z`. */
const dayAndTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace(/\.\d+/, '');
