import type { ChannelPolicy } from '../../domain/channel-policy.ts';
import type { Colors } from '../frame/output.ts';
import { table } from '../text/table.ts';

type Setting = Exclude<keyof ChannelPolicy, 'version'>;

export type SettingChange = {
  readonly setting: Setting;
  readonly from: ChannelPolicy[Setting];
  readonly to: ChannelPolicy[Setting];
};

/** The flag of each setting, in the order of the help. */
const FLAGS: Readonly<Record<Setting, string>> = {
  enabled: 'enabled',
  policy: 'policy',
  windowRuns: 'window-runs',
  repeat: 'repeat',
  adminUserIds: 'admins',
  remindersEnabled: 'reminders',
  reminderOffsetMinutes: 'reminder-offset',
  retentionDays: 'retention-days',
};
const SETTINGS = Object.keys(FLAGS) as readonly Setting[];

export const policyTable = (policy: ChannelPolicy, colors: Colors): string =>
  table(
    [
      { title: 'setting', cell: (setting) => FLAGS[setting] },
      { title: 'value', cell: (setting) => inWords(policy[setting]) },
    ],
    SETTINGS,
    colors,
  );

export const changesBetween = (before: ChannelPolicy, after: ChannelPolicy): readonly SettingChange[] =>
  SETTINGS.map((setting) => ({ setting, from: before[setting], to: after[setting] })).filter(
    ({ from, to }) => inWords(from) !== inWords(to),
  );

/** "policy fair-share → least-recent" */
export const changeText = ({ setting, from, to }: SettingChange): string =>
  `${FLAGS[setting]} ${inWords(from)} → ${inWords(to)}`;

const inWords = (value: ChannelPolicy[Setting]): string =>
  typeof value === 'object' ? value.join(', ') || 'none' : value.toString();
