import { sql } from 'slonik';
import { z } from 'zod';
import { type ChannelPolicy, POLICY_NAMES, REPEAT_RULES } from '../domain/channel-policy.ts';

export const policyColumns = sql.fragment`
  channel_id, version, enabled, policy, window_runs, repeat, admin_user_ids, reminders_enabled, reminder_offset_minutes,
  retention_days`;

export const policyRow = z.object({
  channel_id: z.string(),
  version: z.number(),
  enabled: z.boolean(),
  // Reading any other name is fatal, so an older version cannot serve a channel that has a newer policy.
  policy: z.enum(POLICY_NAMES),
  window_runs: z.number(),
  repeat: z.enum(REPEAT_RULES),
  admin_user_ids: z.array(z.string()),
  reminders_enabled: z.boolean(),
  reminder_offset_minutes: z.number(),
  retention_days: z.number(),
});

export const policyFromRow = (row: z.infer<typeof policyRow>): ChannelPolicy => ({
  version: row.version,
  enabled: row.enabled,
  policy: row.policy,
  windowRuns: row.window_runs,
  repeat: row.repeat,
  adminUserIds: row.admin_user_ids,
  remindersEnabled: row.reminders_enabled,
  reminderOffsetMinutes: row.reminder_offset_minutes,
  retentionDays: row.retention_days,
});
