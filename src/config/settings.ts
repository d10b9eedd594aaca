/** All settings, for the documents, the chart and the command line. Derived from the sections, so that there is one source. */
import { z } from 'zod';
import { database } from './database.ts';
import { http } from './http.ts';
import { kafka } from './kafka.ts';
import { otel } from './otel.ts';
import { registry } from './registry.ts';
import type { Secrets } from './section.ts';
import { serve } from './serve.ts';
import { service } from './service.ts';

export type SettingValues =
  /** Every accepted text matches the pattern. A text that matches may still be refused by further checks. */
  | { readonly kind: 'text'; readonly pattern: string | undefined }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number };

export type Setting = {
  readonly variable: string;
  /** Markdown. */
  readonly meaning: string;
  readonly values: SettingValues;
  /** Undefined if there is no default, or if the default depends on other settings. */
  readonly byDefault: string | undefined;
  /** True if every command that talks to this server needs the setting. */
  readonly isRequired: boolean;
  /** If set, `<variable>_FILE` may name a file with the value. For `pem`, the variable itself may also hold the path. */
  readonly fromFile: 'text' | 'pem' | undefined;
};

export type SettingGroup = { readonly title: string; readonly settings: readonly Setting[] };

type Described = {
  readonly variables: z.ZodRawShape;
  readonly meanings: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
};

const settingsIn = ({ variables, meanings, secrets }: Described): readonly Setting[] =>
  Object.entries(variables).map(([variable, type]) => ({
    variable,
    meaning: meanings[variable] ?? '',
    values: valuesOf(type),
    byDefault: type instanceof z.ZodDefault ? String(type._def.defaultValue()) : undefined,
    isRequired: !type.isOptional(),
    fromFile: secrets[variable],
  }));

/** Unwraps refinements and transformations, down to the type that defines the values. */
const valuesOf = (type: z.ZodTypeAny): SettingValues => {
  if (type instanceof z.ZodDefault) return valuesOf(type.removeDefault() as z.ZodTypeAny);
  if (type instanceof z.ZodOptional) return valuesOf(type.unwrap() as z.ZodTypeAny);
  if (type instanceof z.ZodEffects) return valuesOf(type.innerType() as z.ZodTypeAny);
  if (type instanceof z.ZodPipeline) return valuesOf(type._def.out as z.ZodTypeAny);
  if (type instanceof z.ZodEnum) return { kind: 'choice', choices: type.options as string[] };
  if (type instanceof z.ZodNumber)
    return { kind: 'number', min: type.minValue ?? 0, max: type.maxValue ?? Number.MAX_SAFE_INTEGER };
  return { kind: 'text', pattern: type instanceof z.ZodString ? patternOf(type) : undefined };
};

const patternOf = ({ _def }: z.ZodString): string | undefined =>
  _def.checks.flatMap((check) => (check.kind === 'regex' ? [check.regex.source] : []))[0];

export const SETTING_GROUPS: readonly SettingGroup[] = [
  { title: 'Kafka', settings: settingsIn(kafka) },
  { title: 'Schema registry', settings: settingsIn(registry) },
  { title: 'Postgres', settings: settingsIn(database) },
  { title: 'Health and metrics', settings: settingsIn(http) },
  { title: 'Service', settings: [...settingsIn(serve), ...settingsIn(service)] },
  { title: 'Traces', settings: settingsIn(otel) },
];
