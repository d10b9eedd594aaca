import { forgetInDecisions } from '../operations/forget/forgetting.ts';
import { openDatabaseAsOwner } from '../operations/servers/servers.ts';
import { shortestRetention } from '../postgres/forgetting/shortest-retention.ts';
import { requireKnownChannel } from '../operations/channels/known-channel.ts';
import { printForgotten } from './forgetting/print-forgotten.ts';
import { leftOf } from './forgetting/tally-text.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import { id } from './frame/flags.ts';
import { shellWord } from '../domain/words/shell-word.ts';

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
        const pool = await openDatabaseAsOwner(context, context.settings('database'));
        await requireKnownChannel(pool, channel);
        const mode = yes ? 'write' : 'dry';
        const forgetting = await forgetInDecisions(context, pool, {
          scope: { kind: 'expired', shortestDays: await shortestRetention(pool) },
          channelIds: channel === undefined ? undefined : [channel],
          mode,
        });
        await printForgotten(context.output, forgetting, {
          mode,
          what: "older than its channel's retention",
          command: `runclose purge${channel === undefined ? '' : ` --channel ${shellWord(channel)}`}`,
        });
        return yes && leftOf(forgetting.tally.total()) > 0 ? EXIT.failed : EXIT.done;
      }),
    );
};
