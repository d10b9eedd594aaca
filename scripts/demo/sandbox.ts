import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackFolder } from '../stack/folders.ts';
import { choosePorts } from '../stack/ports.ts';
import type { ProcessIdentity } from '../process-identity.mjs';

/**
 * Everything that belongs to one demo on servers that others use as well: topics and subjects under a prefix, a consumer group, a database.
 * Everything is new each time, so that no demo meets the remains of an earlier one.
 */
export type Sandbox = {
  /** Prefix of the topics, name of the group. */
  readonly name: string;
  readonly database: string;
  /** The database that the servers came with. */
  readonly databaseUrl: string;
  /** The environment variables that `runclose` needs. */
  readonly variables: Readonly<Record<string, string>>;
  /** `brought up`: the stack was started for this demo, and is stopped with it. */
  readonly stack: 'found' | 'brought up';
  readonly serve?: ProcessIdentity;
};

const folder = join(stackFolder, 'demo');

export const serveLogFile = join(folder, 'serve.log');
/** For people: `set -a; . .stack/demo/env; set +a`. */
export const demoEnvFile = join(folder, 'env');
const recordFile = join(folder, 'sandbox.json');

export const createSandbox = async (
  servers: Readonly<Record<string, string>>,
  stack: Sandbox['stack'],
): Promise<Sandbox> => {
  const name = `demo-${Math.floor(Date.now() / 1000).toString(36)}`;
  const database = `runclose_${name.replace('-', '_')}`;
  const databaseUrl = servers['DATABASE_URL'] ?? '';
  const [port] = await choosePorts([8080], undefined);
  rmSync(serveLogFile, { force: true });
  return {
    name,
    database,
    databaseUrl,
    stack,
    variables: {
      ...servers,
      DATABASE_URL: Object.assign(new URL(databaseUrl), { pathname: `/${database}` }).href,
      TOPIC_PREFIX: `${name}.`,
      KAFKA_GROUP_ID: name,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
    },
  };
};

/** Call this before anything is created: only recorded things are removed later. */
export const recordSandbox = (sandbox: Sandbox): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(recordFile, `${JSON.stringify(sandbox, null, 2)}\n`, { mode: 0o600 });
  const lines = Object.entries(sandbox.variables).map(([variable, value]) => `${variable}='${value}'\n`);
  writeFileSync(demoEnvFile, lines.join(''), { mode: 0o600 });
};

/** The sandbox that was kept, or that a killed demo has left. */
export const recordedSandbox = (): Sandbox | undefined => {
  try {
    return JSON.parse(readFileSync(recordFile, 'utf8')) as Sandbox;
  } catch {
    return undefined;
  }
};

export const forgetSandbox = (): void => {
  for (const file of [recordFile, demoEnvFile]) rmSync(file, { force: true });
};
