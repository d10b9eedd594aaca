import type { z } from 'zod';
import type { Cli } from '../frame/cli.ts';
import { createProgress } from '../frame/progress.ts';
import type { deadLetterBucket } from '../json/dlq-lines.ts';
import type { Where } from '../../operations/history/range.ts';
import { OUTPUT_WHERE_HELP, outputWhere } from '../replay/where-flag.ts';
import { time } from '../text/json.ts';
import { table } from '../text/table.ts';
import { openDeadLetters } from '../../operations/dead-letters/dead-letters.ts';
import { createHistogram } from '../../operations/dead-letters/histogram.ts';

export const dlqList = (cli: Cli): void => {
  cli
    .command('list', 'Count dead letters by reason, schema and producer', [
      'runclose dlq list',
      'runclose dlq list --from 2026-03-02T08:00:00Z',
    ])
    .option('--from <where>', `where to start: ${OUTPUT_WHERE_HELP} (default: earliest)`, outputWhere)
    .option('--to <where>', 'where to stop, exclusive (default: latest)', outputWhere)
    .action(
      cli.view(async (context, { from, to }: { readonly from?: Where; readonly to?: Where }) => {
        const { output } = context;
        const { topic, total, letters } = await openDeadLetters(
          context,
          context.settings('kafka'),
          from ?? { kind: 'earliest' },
          to ?? { kind: 'latest' },
        );
        const progress = createProgress(output, 'counting', total);
        context.onClose(() => progress.stop());
        const histogram = createHistogram();
        let done = 0;
        for await (const letter of letters) {
          histogram.add(letter);
          done += 1;
          progress.set(done);
        }
        progress.stop();
        const buckets = histogram.buckets();
        if (output.json) {
          for (const { reason, schemaId, producer, count, first, last, partition, offset } of buckets)
            await output.record({
              ...{ reason, schemaId, producer, count, first: time(first), last: time(last) },
              lastAt: { topic, partition, offset },
            } satisfies z.infer<typeof deadLetterBucket>);
          return;
        }
        if (buckets.length === 0) {
          output.note(`There are no dead letters in ${topic}.`);
          return;
        }
        await output.line(
          table(
            [
              { title: 'count', align: 'right' },
              { title: 'reason' },
              { title: 'schema', align: 'right' },
              { title: 'producer' },
              { title: 'first' },
              { title: 'last' },
              { title: 'latest at' },
            ],
            buckets.map((it) => [
              it.count,
              it.reason,
              it.schemaId ?? '-',
              it.producer,
              dayAndTime(it.first),
              dayAndTime(it.last),
              `${String(it.partition)}@${String(it.offset)}`,
            ]),
            output.colors,
          ),
        );
        const [largest] = buckets;
        if (largest !== undefined)
          output.note(
            `To look at one: runclose dlq show ${String(largest.partition)}@${String(largest.offset)}`,
          );
      }),
    );
};

/** In seconds and with a space, so that the table can break the line between day and time: `2026-03-02 08:15:00Z`. */
const dayAndTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace(/\.\d+/, '');
