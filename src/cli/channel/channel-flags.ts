import { Option } from 'commander';
import { present } from '../../config/section.ts';
import { type ChannelPolicy, POLICY_NAMES, REPEAT_RULES } from '../../domain/channel-policy.ts';
import { WINDOW_POLICIES } from '../../domain/policies.ts';
import { listed } from '../../domain/words/names.ts';
import type { PolicySettings } from '../../postgres/policies.ts';
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

export const channelFlags = (): readonly Option[] => [
  new Option('--policy <name>', 'how the runner is picked').choices(POLICY_NAMES),
  new Option(
    '--window-runs <n>',
    `how many past runs count under ${listed(WINDOW_POLICIES)} (1–50)`,
  ).argParser(wholeNumber(1, 50)),
  new Option(
    '--repeat <rule>',
    'let the same person run twice in a row only if nobody else can (strict), or also if a whole run behind the next in line (soft)',
  ).choices(REPEAT_RULES),
  new Option('--enabled <bool>', 'whether RunClose closes the runs of this channel').argParser(trueOrFalse),
  new Option('--admin <user>', 'a user who may close any run here; repeatable; replaces the list').argParser(
    ids,
  ),
  new Option('--no-admins', 'empty the list of admins').conflicts('admin'),
  new Option('--reminders <bool>', 'whether the runner is reminded').argParser(trueOrFalse),
  new Option(
    '--reminder-offset <minutes>',
    'when to remind the runner: minutes before pickup (0–120)',
  ).argParser(wholeNumber(0, 120)),
  new Option(
    '--retention-days <days>',
    'days after which `purge` forgets names, orders, notes and explanations (30–365)',
  ).argParser(wholeNumber(30, 365)),
];

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
