import type { ChannelPolicy } from '../../domain/channel-policy.ts';
import { type Setting, type SettingChange, SETTINGS } from '../../operations/channels/setting-changes.ts';
import type { Colors } from '../frame/output.ts';
import { table } from '../text/table.ts';

/** The flag of each setting. */
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

export const policyTable = (policy: ChannelPolicy, colors: Colors): string =>
  table(
    [
      { title: 'setting', cell: (setting) => FLAGS[setting] },
      { title: 'value', cell: (setting) => inWords(policy[setting]) },
    ],
    SETTINGS,
    colors,
  );

/** "policy fair-share → least-recent" */
export const changeText = ({ setting, from, to }: SettingChange): string =>
  `${FLAGS[setting]} ${inWords(from)} → ${inWords(to)}`;

const inWords = (value: ChannelPolicy[Setting]): string =>
  typeof value === 'object' ? value.join(', ') || 'none' : value.toString();
