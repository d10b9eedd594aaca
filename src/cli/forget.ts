import { count } from '../domain/words/count.ts';
import { forgetPerson, type Authored } from '../operations/forget/forget-person.ts';
import { howToForget, printForgotten } from './forgetting/print-forgotten.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import { id, repeatable } from './frame/flags.ts';
import type { LineOf } from './json/lines.ts';
import { shellWord } from '../domain/words/shell-word.ts';

type ForgetOptions = {
  readonly user: string;
  readonly by?: readonly string[];
  readonly yes?: boolean;
  readonly channel?: string;
};

/** Accepts any text: earlier versions stored names unchecked, and people must be able to forget these names, too. */
const earlierNames = repeatable(String);

/** Nobody keeps a list of these files, so `forget` cannot search them. */
const OUT_OF_REACH =
  'Only the database was searched. Files may still name the person: those of `replay export` without --pseudonymise, of `replay rebuild ' +
  '--report`, `replay what-if --report` and `dlq show --raw`, folders of `replay verify --state`, logs, and backups of Postgres. Records in topics go when the retention of their topic ends.';

export const forget = (cli: Cli): void => {
  cli
    .command(
      'forget',
      'Forget one person in the database: in all stored decisions, and as author of policy changes and skips',
      ['runclose forget --user U024BE7LH', 'runclose forget --user U024BE7LH --by ana --yes'],
    )
    .requiredOption('--user <id>', 'the person to forget: the `userId` in orders (required)', id)
    .option(
      '--by <name>',
      'also forget this name, as given to `channel set --by` and `skip --by`; repeatable',
      earlierNames,
    )
    .option('--channel <id>', 'in this channel only', id)
    .option('--yes', 'forget (default: only count what would be forgotten)')
    .action(
      cli.perform(async (context, { user, by = [], yes = false, channel }: ForgetOptions) => {
        const mode = yes ? 'write' : 'dry';
        const ofChannel = channel === undefined ? '' : ` --channel ${shellWord(channel)}`;
        const also = by.map((name) => ` --by ${shellWord(name)}`).join('');
        const command = `runclose forget --user ${shellWord(user)}${also}${ofChannel}`;
        let isAuthor = false;
        const forgetting = await forgetPerson(context, { user, by, channel, mode }, async (authored) => {
          isAuthor = authored.changes + authored.skips > 0;
          await tellAuthor(context, authored, mode);
          if (yes) context.output.note(OUT_OF_REACH);
        });
        if (forgetting === null) {
          if (!yes && !context.output.json) context.output.note(howToForget(command));
          return EXIT.done;
        }
        return printForgotten(context.output, forgetting, { mode, what: `of ${user}`, command, isAuthor });
      }),
    );
};

const tellAuthor = async (
  { output }: CommandContext,
  { changes, skips }: Authored,
  mode: 'dry' | 'write',
): Promise<void> => {
  const tell = async (kind: 'policyChanges' | 'skips', forgotten: number, text: string): Promise<void> => {
    if (forgotten === 0) return;
    if (output.json)
      await output.record({ kind, forgotten, done: mode === 'write' } satisfies LineOf<'forget'>);
    else output.note(`The author ${mode === 'write' ? 'was' : 'would be'} forgotten in ${text}.`);
  };
  await tell('policyChanges', changes, count(changes, 'policy version'));
  await tell('skips', skips, count(skips, 'skipped record'));
};
