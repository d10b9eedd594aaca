import { channelsOfPerson } from '../postgres/forgetting/channels-of-person.ts';
import { Failure } from '../processor/failure.ts';
import { forgetAndTell } from './forgetting/forgetting.ts';
import { requireKnownChannel } from './forgetting/known-channel.ts';
import { leftOf } from './forgetting/tally-text.ts';
import type { Cli } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import { id } from './frame/flags.ts';
import { openDatabaseAsOwner } from './frame/servers.ts';
import { shellWord } from './text/shell-word.ts';

type ForgetOptions = { readonly user: string; readonly yes?: boolean; readonly channel?: string };

export const forget = (cli: Cli): void => {
  cli
    .command('forget', 'Forget one person in the stored decisions, whatever their age', [
      'runclose forget --user U024BE7LH',
      'runclose forget --user U024BE7LH --yes',
    ])
    .requiredOption('--user <id>', 'whom to forget: the id that orders carry as `userId`', id)
    .option('--channel <id>', 'in this channel only', id)
    .option('--yes', 'forget; without, only show how much')
    .action(
      cli.perform(async (context, { user, yes = false, channel }: ForgetOptions) => {
        const pool = await openDatabaseAsOwner(context, context.settings('database'));
        await requireKnownChannel(pool, channel);
        const all = await channelsOfPerson(pool, user);
        const channelIds = channel === undefined ? all : all.filter((each) => each === channel);
        if (channelIds.length === 0) throw unknown(user, channel);
        const total = await forgetAndTell(context, {
          pool,
          scope: { kind: 'person', userId: user },
          channelIds,
          mode: yes ? 'write' : 'dry',
          what: `of ${user}`,
          command: `runclose forget --user ${shellWord(user)}${channel === undefined ? '' : ` --channel ${shellWord(channel)}`}`,
        });
        return yes && leftOf(total) > 0 ? EXIT.failed : EXIT.done;
      }),
    );
};

const unknown = (userId: string, channelId: string | undefined): Failure =>
  new Failure(
    'fatal',
    'UNKNOWN_USER',
    `${userId} has never taken part in a closed run${channelId === undefined ? '' : ` of channel ${channelId}`}, ` +
      'so no stored decision names them: check the id, which is the one that orders carry as `userId`',
  );
