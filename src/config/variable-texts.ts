/**
 * Reads what variables hold: from the environment, from the file that `<NAME>_FILE` names, or, for certificates and keys, from
 * the file whose path the variable holds. An empty variable counts as unset: compose files and charts write them so.
 */
import { readFileSync } from 'node:fs';
import type { ConfigProblem } from './config-error.ts';
import type { Secrets, Texts } from './section.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Reading = {
  readonly texts: Texts;
  /** By the variable whose text is therefore not known. */
  readonly problems: ReadonlyMap<string, ConfigProblem>;
};

export const readTexts = (env: Environment, variables: readonly string[], secrets: Secrets): Reading => {
  const texts: Record<string, string> = {};
  const problems = new Map<string, ConfigProblem>();

  for (const variable of variables) {
    const found = read(env, variable, secrets[variable]);
    if (typeof found === 'string') texts[variable] = found;
    else if (found !== undefined) problems.set(variable, found);
  }
  return { texts, problems };
};

const read = (
  env: Environment,
  variable: string,
  kind: 'text' | 'pem' | undefined,
): string | ConfigProblem | undefined => {
  const text = env[variable] || undefined;
  if (kind === undefined) return text;

  const fileVariable = `${variable}_FILE`;
  const path = env[fileVariable] || undefined;
  if (path !== undefined && text !== undefined) {
    return { variable, message: `is set, and ${fileVariable} as well: set one of them` };
  }
  if (path !== undefined) return fileOf(fileVariable, path);
  if (text === undefined || kind === 'text') return text;
  return text.includes('-----BEGIN ') ? text.replaceAll('\\n', '\n') : fileOf(variable, text);
};

const fileOf = (variable: string, path: string): string | ConfigProblem =>
  readSecretFile(path, (why) => ({ variable, message: `names a file that ${why}` }));

/**
 * The file's text without the line ends at its end: editors, `echo` and secret stores add one or several, and no secret ends with one.
 * White space of other kinds may belong to the secret.
 */
export const readSecretFile = (
  path: string,
  problem: (why: string) => ConfigProblem,
): string | ConfigProblem => {
  try {
    return readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return problem(`cannot be read (${code})`);
  }
};
