import { count } from '../../domain/words/count.ts';
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
      { title: 'value', cell: (setting) => inWords(setting, policy[setting]) },
    ],
    SETTINGS,
    colors,
  );

/** "policy fair-share → least-recent" */
export const changeText = ({ setting, from, to }: SettingChange): string =>
  `${FLAGS[setting]} ${inWords(setting, from)} → ${inWords(setting, to)}`;

/** The names of the other numbers say their units: `window-runs`, `retention-days`. */
const inWords = (setting: Setting, value: ChannelPolicy[Setting]): string => {
  if (setting === 'reminderOffsetMinutes') return count(Number(value), 'minute');
  return typeof value === 'object' ? value.join(', ') || 'none' : value.toString();
};
