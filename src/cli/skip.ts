import { InvalidArgumentError } from 'commander';
import { type Position, readablePosition, positionAt } from '../wire/position.ts';
import { findSkippable } from '../operations/recover/skip.ts';
import type { Cli } from './frame/cli.ts';
import { name } from './frame/flags.ts';
import type { LineOf } from './json/lines.ts';
import { shellWord } from '../domain/words/shell-word.ts';

type SkipOptions = { readonly yes?: boolean; readonly by?: string };

export const skip = (cli: Cli): void => {
  cli
    .command('skip', 'Skip one record whose dead letter or rejection cannot be written', [
      'runclose skip run.close.requested/3@1042',
      'runclose skip run.close.requested/3@1042 --by ana --yes',
    ])
    .argument('<position>', 'topic/partition@offset of the record, as the alarm names it', parsePosition)
    .option('--by <name>', 'who skips it; the dead letter holds this name', name)
    .option('--yes', 'skip it (default: only show what would be done)')
    .action(
      cli.perform(async (context, at: Position, { yes = false, by }: SkipOptions) => {
        const { output } = context;
        const { skip: skipRecord } = await findSkippable(context, at);
        if (yes) await skipRecord(by ?? null);
        await output.print({
          json: () => ({ ...at, by: by ?? null, done: yes }) satisfies LineOf<'skip'>,
          text: () => `${readablePosition(at)} ${yes ? 'is skipped' : 'would be skipped'}`,
        });
        if (output.json) return;
        if (yes)
          output.note(
            'A dead letter without content takes its place within a few seconds, or once serve runs again. ' +
              'The record itself stays in its topic until retention removes it.',
          );
        else {
          const named = by === undefined ? '' : ` --by ${shellWord(by)}`;
          output.note(
            `Nothing is done yet. To skip it: runclose skip ${shellWord(readablePosition(at))}${named} --yes`,
          );
        }
      }),
    );
};

const parsePosition = (value: string): Position => {
  const at = positionAt(value);
  if (at === null)
    throw new InvalidArgumentError('It must be topic/partition@offset, such as run.close.requested/3@1042.');
  return at;
};
