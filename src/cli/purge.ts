import { shellWord } from '../domain/words/shell-word.ts';
import { forgetExpired } from '../operations/forget/forget-expired.ts';
import { printForgotten } from './forgetting/print-forgotten.ts';
import type { Cli } from './frame/cli.ts';
import { id } from './frame/flags.ts';

type PurgeOptions = { readonly yes?: boolean; readonly channel?: string };

export const purge = (cli: Cli): void => {
  cli
    .command(
      'purge',
      'Forget personal data in decisions that are older than the retention of their channel',
      ['runclose purge', 'runclose purge --yes'],
    )
    .option('--channel <id>', 'in this channel only', id)
    .option('--yes', 'forget (default: only count what would be forgotten)')
    .action(
      cli.perform(async (context, { yes = false, channel }: PurgeOptions) => {
        const mode = yes ? 'write' : 'dry';
        return printForgotten(context.output, await forgetExpired(context, { channel, mode }), {
          mode,
          what: "older than its channel's retention",
          command: `runclose purge${channel === undefined ? '' : ` --channel ${shellWord(channel)}`}`,
        });
      }),
    );
};
