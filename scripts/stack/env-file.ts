import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { withLock } from '../lock.mjs';
import { stackEnvFile, stackFolder } from './folders.ts';

/** What a program needs to find all three servers. */
export const SERVER_VARIABLES = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL'] as const;

/** Each variable of the secured stack names the env file of one principal. The open stack's variables are the servers' addresses. */
export const SECURED = 'STACK_SECURED_';

type Part = 'open' | 'secured';

/** The other stack's part of the file stays as it is. */
export const writeToEnvFile = (part: Part, variables: Record<string, string>): Promise<void> =>
  exchange(part, variables);

export const removeFromEnvFile = (part: Part): Promise<void> => exchange(part, {});

const exchange = (part: Part, variables: Record<string, string>): Promise<void> =>
  withLock(join(stackFolder, 'locks/env'), () => {
    const kept = Object.entries(written()).filter(([name]) => partOf(name) !== part);
    const own = Object.entries(variables);
    const entries = part === 'open' ? [...own, ...kept] : [...kept, ...own];
    if (entries.length === 0) rmSync(stackEnvFile, { force: true });
    else {
      writeFileSync(`${stackEnvFile}.draft`, entries.map(([name, value]) => `${name}=${value}\n`).join(''));
      renameSync(`${stackEnvFile}.draft`, stackEnvFile);
    }
    return Promise.resolve();
  });

const partOf = (name: string): Part => (name.startsWith(SECURED) ? 'secured' : 'open');

const written = (): Record<string, string> => {
  try {
    return parseEnv(readFileSync(stackEnvFile, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
};
