import { type Command, Option } from 'commander';
import { present } from '../../config/section.ts';
import {
  type ChannelPolicy,
  POLICY_NAMES,
  POLICY_RANGES,
  type PolicySettings,
  REPEAT_RULES,
} from '../../domain/channel-policy.ts';
import { WINDOW_POLICIES } from '../../domain/policies.ts';
import { joinNames } from '../../domain/words/names.ts';
import { ids, trueOrFalse, wholeNumber } from '../frame/flags.ts';

/** The options as commander passes them. */
export type ChannelFlags = {
  readonly policy?: ChannelPolicy['policy'];
  readonly windowRuns?: number;
  readonly repeat?: ChannelPolicy['repeat'];
  readonly enabled?: boolean;
  readonly admin?: readonly string[];
  /** False for `--no-admins`. */
  readonly admins: boolean;
  readonly reminders?: boolean;
  readonly reminderOffset?: number;
  readonly retentionDays?: number;
};

/** Adds the flag of each setting, in the order of the settings. */
export const addChannelFlags = (command: Command): Command =>
  command
    .addOption(new Option('--policy <name>', 'how the runner is picked').choices(POLICY_NAMES))
    .option(
      '--window-runs <n>',
      `how many past runs count under ${joinNames(WINDOW_POLICIES)} (1–50)`,
      windowRuns,
    )
    .addOption(repeatOption())
    .option('--enabled <bool>', 'whether RunClose closes the runs of this channel', trueOrFalse)
    .option('--admin <user>', 'a user who may close any run here; repeatable; replaces the list', ids)
    .addOption(new Option('--no-admins', 'empty the list of admins').conflicts('admin'))
    .option('--reminders <bool>', 'whether the runner is reminded', trueOrFalse)
    .option(
      '--reminder-offset <minutes>',
      'when to remind the runner: minutes before pickup (0–120)',
      wholeNumber(...POLICY_RANGES.reminderOffsetMinutes),
    )
    .option(
      '--retention-days <days>',
      'days after which `purge` forgets names, orders, notes and explanations (30–365)',
      wholeNumber(...POLICY_RANGES.retentionDays),
    );

export const repeatOption = (): Option =>
  new Option(
    '--repeat <rule>',
    'let the same person run twice in a row only if nobody else can (strict), or also if a whole run behind the next in line (soft)',
  ).choices(REPEAT_RULES);

export const windowRuns = wholeNumber(...POLICY_RANGES.windowRuns);

export const policyChange = (flags: ChannelFlags): Partial<PolicySettings> =>
  present({
    policy: flags.policy,
    windowRuns: flags.windowRuns,
    repeat: flags.repeat,
    enabled: flags.enabled,
    adminUserIds: flags.admins ? flags.admin : [],
    remindersEnabled: flags.reminders,
    reminderOffsetMinutes: flags.reminderOffset,
    retentionDays: flags.retentionDays,
  });
