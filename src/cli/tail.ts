import { topicNames } from '../kafka/names/topic-names.ts';
import { followRecords, type FollowRequest, type Start } from '../operations/tail/follow-records.ts';
import { wrongUse } from '../processor/failure.ts';
import type { Cli } from './frame/cli.ts';
import { timeOr, wholeNumber } from './frame/flags.ts';
import { recordJson, recordLine } from './tail/record-text.ts';

type TailOptions = FollowRequest & { readonly limit?: number };

const HELP = `
Topics, with or without TOPIC_PREFIX (default: all of them):
${Object.values(topicNames(''))
  .map((topic) => `  ${topic}`)
  .join('\n')}

Records of one partition come in their order. Records of different partitions
or topics come in no fixed order, so --limit takes those that come first.`;

const START = 'beginning, end, or a time such as 2026-03-02T08:15:00Z';

export const tail = (cli: Cli): void => {
  cli
    .command('tail [topics...]', 'Follow commands, events and dead letters as they come', [
      'runclose tail run.closed run.close.rejected',
      'runclose tail --json --from beginning --until-end',
    ])
    .addHelpText('after', HELP)
    .option('--from <where>', `${START} (default: end, or beginning with --until-end)`, start)
    .option('--limit <n>', 'stop after this many records', wholeNumber(1, 1e15))
    .option('--until-end', 'stop at the present end of the topics')
    .action(
      cli.view(async (context, topics: readonly string[], options: TailOptions) => {
        const { output } = context;
        const { limit = Infinity, untilEnd = false } = options;
        if (untilEnd && options.from === 'end')
          throw wrongUse('nothing to follow: --until-end stops where --from end starts');
        const { topics: followed, records } = await followRecords(context, topics, options);
        if (!untilEnd) output.note(`Following ${followed.join(', ')}. Ctrl-C ends tail.`);
        let printed = 0;
        for await (const { record, reading } of records) {
          await output.print({
            json: () => recordJson(record, reading),
            text: (colors) => recordLine(record, reading, colors),
          });
          printed += 1;
          if (printed >= limit) break;
        }
      }),
    );
};

const start = (value: string): Start =>
  value === 'beginning' || value === 'end' ? value : timeOr(START, value);
