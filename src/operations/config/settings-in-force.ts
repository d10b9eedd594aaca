import type { CheckoutEnvironment } from '../../config/checkout.ts';
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts';
import { type Config, loadConfig } from '../../config/config.ts';
import { type Setting, SETTING_GROUPS } from '../../config/settings.ts';
import type { Environment } from '../../config/variable-texts.ts';
import { withoutCredentials } from '../../observability/logging.ts';

export type SettingInForce = {
  readonly variable: string;
  /** Null if the setting is unset or secret. */
  readonly value: string | null;
  readonly from: 'environment' | 'file' | '.stack/env' | 'default' | 'unset';
  /** The file that holds the value. */
  readonly file: string | null;
  /** What is wrong with the value; null: nothing. */
  readonly problem: string | null;
};

/**
 * Lists every setting with its value, its source and its mistakes. Shows no secrets, and no wrong values: a wrong value may be a secret in
 * the wrong place.
 */
export const settingsInForce = ({ env, fromStack }: CheckoutEnvironment) => {
  const problems = problemsIn(env);
  const settings = SETTING_GROUPS.flatMap((group) => group.settings).map((setting): SettingInForce => {
    const { variable, byDefault = null } = setting;
    const names = [variable, `${variable}_FILE`];
    const problem = problems.find((each) => names.includes(each.variable))?.message ?? null;
    const file = fileOf(setting, env) ?? null;
    const text = env[variable] || null;
    if (file === null && text === null)
      return { variable, value: byDefault, from: byDefault === null ? 'unset' : 'default', file, problem };
    const from = names.some((name) => fromStack.includes(name)) ? '.stack/env' : 'environment';
    if (problem !== null) return { variable, value: null, from, file: null, problem };
    const value =
      setting.fromFile === undefined ? text && withoutCredentials(text) : publicPart(variable, env);
    return { variable, value, from: file === null ? from : 'file', file, problem };
  });
  return { settings, problems };
};

const problemsIn = (env: Environment): readonly ConfigProblem[] => {
  try {
    loadConfig(env);
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
};

const fileOf = ({ variable, fromFile }: Setting, env: Environment): string | undefined => {
  if (fromFile === undefined) return undefined;
  const text = env[variable];
  const isPath = fromFile === 'pem' && text && !text.includes('-----BEGIN ');
  return env[`${variable}_FILE`] || (isPath ? text : undefined);
};

/** Shows the host and the name of the database, without user and password. */
const publicPart = (variable: string, env: Environment): string | null => {
  if (variable !== 'DATABASE_URL') return null;
  const database = databaseOf(env);
  if (database === null) return null;
  const { protocol, host, pathname } = new URL(database.url);
  return `${protocol}//${host}${pathname}`;
};

const databaseOf = (env: Environment): Config<'database'>['database'] | null => {
  try {
    return loadConfig(env, ['database']).database;
  } catch {
    return null;
  }
};
