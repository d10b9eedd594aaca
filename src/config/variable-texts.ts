/**
 * Reads the values of variables: from the environment, from the file that `<NAME>_FILE` names, or, for certificates and keys, from the file
 * whose path the variable holds. An empty variable counts as unset, because compose files and charts set unused variables to "".
 */
import { readFileSync, statSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { type Secret, unavailable } from '../credentials/secret.ts';
import type { ConfigProblem } from './config-error.ts';
import type { Reading, Secrets } from './section.ts';
import { systemCode } from '../processor/system-code.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const readTexts = (env: Environment, variables: readonly string[], kinds: Secrets): Reading => {
  const texts: Record<string, string> = {};
  const secrets: Record<string, Secret> = {};
  const problems = new Map<string, ConfigProblem>();

  for (const variable of variables) {
    const source = sourceOf(env, variable, kinds[variable]);
    if (source === undefined) continue;
    const read = source.kind === 'file' ? readFile(source) : source;
    if (read.kind === 'problem') {
      problems.set(variable, read.problem);
      continue;
    }
    texts[variable] = read.text;
    secrets[variable] = source.kind === 'file' ? readAnew(source) : read.text;
  }
  return { texts, secrets, problems };
};

type Text = { readonly kind: 'text'; readonly text: string };
/** `variable` is the variable that holds the path. */
type File = { readonly kind: 'file'; readonly variable: string; readonly path: string };
type Problem = { readonly kind: 'problem'; readonly problem: ConfigProblem };

const sourceOf = (
  env: Environment,
  variable: string,
  kind: 'text' | 'pem' | undefined,
): Text | File | Problem | undefined => {
  const text = env[variable] || undefined;
  const fileVariable = `${variable}_FILE`;
  const path = kind === undefined ? undefined : env[fileVariable] || undefined;
  if (path !== undefined && text !== undefined) {
    return problemOf(variable, `is set, and ${fileVariable} as well: set only one of them`);
  }
  if (path !== undefined) return { kind: 'file', variable: fileVariable, path };
  if (text === undefined) return undefined;
  if (kind !== 'pem') return { kind: 'text', text };
  return text.includes('-----BEGIN ')
    ? { kind: 'text', text: text.replaceAll('\\n', '\n') }
    : { kind: 'file', variable, path: text };
};

const readFile = ({ variable, path }: File): Text | Problem => {
  const read = readSecretFile(path, (why) => ({ variable, message: `names ${why}` }));
  return typeof read === 'string' ? { kind: 'text', text: read } : { kind: 'problem', problem: read };
};

/**
 * The text of a file without trailing line ends: editors, `echo` and secret stores add them, and no secret ends with one. Other white space
 * stays, because it may belong to the secret.
 */
export const readSecretFile = (
  path: string,
  problem: (why: string) => ConfigProblem,
): string | ConfigProblem => {
  try {
    const text = contentOf(path).replace(/[\r\n]+$/, '');
    return text === '' ? problem('an empty file') : text;
  } catch (error) {
    return problem(`a file that cannot be read (${systemCode(error) ?? 'unreadable'})`);
  }
};

/**
 * A shell's `<(command)` is a pipe, and only its first reader gets the text. So the contents of pipes are kept, in Node's environment data,
 * which every worker thread inherits.
 */
const contentOf = (path: string): string => {
  const key = `content of the pipe ${path}`;
  const known = getEnvironmentData(key);
  if (typeof known === 'string') return known;
  const isPipe = statSync(path).isFIFO();
  const content = readFileSync(path, 'utf8');
  if (isPipe) setEnvironmentData(key, content);
  return content;
};

const readAnew = (file: File): Secret => {
  const read = (): string => {
    const result = readFile(file);
    if (result.kind === 'problem') throw unavailable(file.variable, result.problem.message);
    return result.text;
  };
  return Object.assign(read, { file: file.path });
};

const problemOf = (variable: string, message: string): Problem => ({
  kind: 'problem',
  problem: { variable, message },
});
