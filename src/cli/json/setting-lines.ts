import { z } from 'zod';
import type { SettingInForce } from '../../operations/config/settings-in-force.ts';
import { line, list, text, type SchemaOf } from './shapes.ts';

export const healthReport = line({
  status: z.enum(['ok', 'failing']),
  checks: list(line({ name: text, status: z.enum(['ok', 'waiting', 'failing']), detail: text })),
});

export const healthLine = line({ probe: z.enum(['live', 'ready']), ...healthReport.shape });

export const settingLine = line({
  variable: text,
  /** Null if the setting is unset or secret. A database URL is shown without its secrets. */
  value: text.nullable(),
  from: z.enum(['environment', 'file', '.stack/env', 'default', 'unset']),
  /** The file that holds the value. */
  file: text.nullable(),
  /** What is wrong with the value; null: nothing. */
  problem: text.nullable(),
}) satisfies SchemaOf<SettingInForce>;

export const findingLine = line({
  check: text,
  status: z.enum(['fault', 'warning', 'skipped', 'ok']),
  /** Null if nothing is wrong, or if nothing is known. */
  code: text.nullable(),
  message: text,
  means: text.nullable(),
  advice: text.nullable(),
  command: text.nullable(),
  /** Whether `--fix --yes` runs the command. */
  fixable: z.boolean(),
  runbook: text.nullable(),
});
