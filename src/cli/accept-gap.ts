import { offsetsText } from '../wire/position.ts';
import { findGaps } from '../operations/recover/gaps.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import type { LineOf } from './json/lines.ts';

export const acceptGap = (cli: Cli): void => {
  cli
    .command('accept-gap', 'Skip commands that Kafka deleted before they were decided', [
      'runclose accept-gap',
      'runclose accept-gap --yes',
    ])
    .option('--yes', 'skip them (default: only list them)')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const { topic, gaps, alarms, unread, accept } = await findGaps(context);
        for (const { code, message } of alarms) output.note(`${code}: ${message}`);
        for (const { partition, failure } of unread)
          output.note(`${topic}/${partition} was not checked: ${failure.message}`);
        for (const gap of gaps) {
          const { partition, from, to } = gap;
          if (yes) await accept(gap);
          await output.print({
            json: () => ({ topic, partition, from, to, done: yes }) satisfies LineOf<'accept-gap'>,
            text: () =>
              `${topic}/${partition}: ${offsetsText(from, to)} ${yes ? (to - from === 1 ? 'was' : 'were') : 'would be'} skipped`,
          });
        }
        if (gaps.length === 0 && alarms.length === 0 && unread.length === 0)
          output.note(`No gap: ${topic} still holds every command that is not decided yet.`);
        else if (gaps.length > 0 && !yes)
          output.note(
            'These commands are lost, and their runs stay open. To skip them: runclose accept-gap --yes',
          );
        return unread.length > 0 ? EXIT.failed : EXIT.done;
      }),
    );
};
