import { z } from 'zod';
import { fileOf } from '../credentials/secret.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { database } from './database.ts';
import { group } from './group.ts';
import { http } from './http.ts';
import { kafka } from './kafka.ts';
import { otel } from './otel.ts';
import { registry } from './registry.ts';
import { type Section, type SettingsOf } from './section.ts';
import { serve } from './serve.ts';
import { service } from './service.ts';
import { type Environment, readTexts } from './variable-texts.ts';

/** Each command names the parts that it uses, and needs only the variables of these parts. */
const PARTS = { kafka, group, registry, database, http, serve, otel };

export type ConfigPart = keyof typeof PARTS;

/** Without `group`: it is a part of `kafka`. */
export const EVERYTHING: readonly ConfigPart[] = ['kafka', 'registry', 'database', 'http', 'serve', 'otel'];

/** The variables that `loadConfig` looks at for these parts. */
export const variablesOf = (parts: readonly ConfigPart[]): readonly string[] => [
  ...new Set(
    [service, ...parts.map((part) => PARTS[part])].flatMap(({ variables }) => Object.keys(variables)),
  ),
];

/** The settings of all parts, or only of those that a command needs. */
export type Config<P extends ConfigPart = ConfigPart> = SettingsOf<typeof service> & {
  readonly [Part in P]: SettingsOf<(typeof PARTS)[Part]>;
};

/**
 * The configuration of these parts, by default of all parts. Throws one `ConfigError` that names every mistake. Ignores the variables of
 * other parts, so a command needs only its own variables.
 */
export const loadConfig = <P extends ConfigPart = ConfigPart>(
  env: Environment,
  parts: readonly P[] = EVERYTHING as readonly P[],
): Config<P> => {
  const problems: ConfigProblem[] = [];
  const settings = {
    ...load(service, env, problems),
    ...Object.fromEntries(parts.map((part) => [part, load(PARTS[part], env, problems)])),
  };
  problems.push(...conflictsBetween(settings));
  if (problems.length > 0) throw new ConfigError(problems);
  return settings as unknown as Config<P>;
};

/** Settings of two parts that contradict each other. */
const conflictsBetween = ({ serve: threads, database: pool }: Partial<Config>): readonly ConfigProblem[] =>
  threads !== undefined && pool !== undefined && pool.poolSize < threads.workers
    ? [
        {
          variable: 'DATABASE_POOL_SIZE',
          message: 'is smaller than SERVE_WORKERS: each worker needs a connection of its own',
        },
      ]
    : [];

/** Returns undefined if it has added a problem to `problems`. */
const load = (
  section: Section<z.ZodRawShape, object>,
  env: Environment,
  problems: ConfigProblem[],
): object | undefined => {
  const read = readTexts(env, Object.keys(section.variables), section.secrets);
  const reading = section.expand?.(read) ?? read;
  const parsed = z.object(section.variables).safeParse(reading.texts);
  const known = new Map(reading.problems);
  const add = (problem: ConfigProblem): void => {
    const file = fileOf(reading.secrets[problem.variable]);
    if (!known.has(problem.variable))
      known.set(problem.variable, file === null ? problem : { ...problem, file });
  };

  for (const issue of parsed.error?.issues ?? [])
    add({ variable: String(issue.path[0]), message: issue.message });
  section.conflicts?.(reading.texts).forEach(add);

  problems.push(...known.values());
  return parsed.success && known.size === 0 ? section.settings(parsed.data, reading.secrets) : undefined;
};
