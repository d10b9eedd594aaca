import { userInfo } from 'node:os';
import { Argument, Option } from 'commander';
import { echoed } from '../domain/ids.ts';
import {
  type ChangedVersion,
  changePolicy,
  policyInForce,
  policyVersions,
} from '../operations/channels/channel-policies.ts';
import { wrongUse } from '../processor/failure.ts';
import { addChannelFlags, type ChannelFlags, policyChange } from './channel/channel-flags.ts';
import { changeText, policyTable } from './channel/policy-text.ts';
import type { Cli } from './frame/cli.ts';
import { id, name } from './frame/flags.ts';
import type { LineOf } from './json/lines.ts';
import { rfc3339 } from './text/json.ts';
import { type Column, table } from './text/table.ts';

export const channel = (cli: Cli): void => {
  const group = cli.group('channel', 'Show or change how a channel picks its runners', [
    'runclose channel get C024BE7LR',
    'runclose channel set C024BE7LR --policy least-recent --by ada',
  ]);
  get(group);
  set(group);
  history(group);
};

const channelArgument = (): Argument => new Argument('<channel>', 'the id of a channel').argParser(id);

const get = (cli: Cli): void => {
  cli
    .command('get', 'Show the policy in force in a channel', [
      'runclose channel get C024BE7LR',
      'runclose channel get C024BE7LR --json',
    ])
    .addArgument(channelArgument())
    .action(
      cli.view(async (context, channelId: string) => {
        const { output } = context;
        const policy = await policyInForce(context, channelId);
        await output.print({
          json: () => ({ channelId, ...policy }) satisfies LineOf<'channel get'>,
          text: (colors) => policyTable(policy, colors),
        });
        if (output.json) return;
        output.note(
          policy.version === 0
            ? `Nobody has configured ${channelId}: these are the defaults. To change them: runclose channel set --help`
            : `Version ${policy.version}. Who changed what: runclose channel history ${channelId}`,
        );
      }),
    );
};

const set = (cli: Cli): void => {
  const command = cli
    .command('set', 'Change the policy of a channel, for every run that is closed from now on', [
      'runclose channel set C024BE7LR --policy least-recent --by ada',
      'runclose channel set C024BE7LR --admin U01 --admin U02 --reminders false',
    ])
    .addArgument(channelArgument());
  addChannelFlags(command).addOption(
    new Option('--by <name>', 'who changes it').argParser(name).default(whoAmI(), '$USER'),
  );
  command.action(
    cli.perform(async (context, channelId: string, flags: ChannelFlags & { readonly by: string }) => {
      const { output } = context;
      const wanted = policyChange(flags);
      if (Object.keys(wanted).length === 0) throw wrongUse('nothing to change: give at least one setting');
      const { by } = flags;
      const { policy, changed, changes } = await changePolicy(context, { channelId, wanted, by });
      if (output.json) {
        await output.record({ channelId, changed, changes, ...policy } satisfies LineOf<'channel set'>);
        return;
      }
      for (const change of changes) await output.line(changeText(change));
      output.note(
        changed
          ? `${channelId} has version ${policy.version} now, by ${by}. It applies to every run closed from now on.`
          : `Nothing to change: ${channelId} stays at version ${policy.version}.`,
      );
    }),
  );
};

const COLUMNS: readonly Column<ChangedVersion>[] = [
  { title: 'version', align: 'right', cell: ({ policy }) => policy.version },
  { title: 'when', cell: ({ changedAt }) => rfc3339(changedAt) },
  { title: 'by', cell: ({ by }) => by },
  { title: 'applies', cell: ({ fromSequence }) => `from run ${fromSequence} on` },
  { title: 'changed', cell: ({ changes }) => changes.map(changeText).join('; ') },
];

const history = (cli: Cli): void => {
  cli
    .command('history', 'Show who changed the policy of a channel, and when', [
      'runclose channel history C024BE7LR',
      'runclose channel history C024BE7LR --json',
    ])
    .addArgument(channelArgument())
    .action(
      cli.view(async (context, channelId: string) => {
        const { output } = context;
        const versions = await policyVersions(context, channelId);
        if (versions.length > 0)
          await output.print({
            json: () => versions.map((version) => versionJson(channelId, version)),
            text: (colors) => table(COLUMNS, versions, colors),
          });
        else if (!output.json) output.note(`Nobody has configured ${channelId}: it uses the defaults.`);
      }),
    );
};

const versionJson = (
  channelId: string,
  { policy, by, changedAt, afterRevision, changes }: ChangedVersion,
): LineOf<'channel history'> => ({
  channelId,
  ...policy,
  by,
  changedAt: rfc3339(changedAt),
  afterRevision,
  changes,
});

/** The default author. Never refused, because nobody typed the name. If the system has no name for the user, uses the number. */
const whoAmI = (): string => {
  try {
    return echoed(process.env['USER'] || userInfo().username);
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};
