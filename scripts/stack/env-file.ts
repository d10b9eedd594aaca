import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { stackEnvFile, stackFolder } from './folders.ts';

/** The variables that a program needs to find all three servers. */
export const SERVER_VARIABLES = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL'] as const;

/** Each variable of the secured stack names the env file of one principal. The open stack's variables are the servers' addresses. */
export const SECURED = 'STACK_SECURED_';

type Part = 'open' | 'secured';

/** The other stack's part of the file stays unchanged. */
export const writeToEnvFile = (part: Part, variables: Record<string, string>): Promise<void> =>
  exchange(part, variables);

export const removeFromEnvFile = (part: Part): Promise<void> => exchange(part, {});

const exchange = (part: Part, variables: Record<string, string>): Promise<void> =>
  withLock(join(stackFolder, 'locks/env'), () => {
    const kept = writtenLines().filter((line) => partOf(line) !== part);
    const own = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const lines = part === 'open' ? [...own, ...kept] : [...kept, ...own];
    if (lines.length === 0) rmSync(stackEnvFile, { force: true });
    else {
      writeFileSync(`${stackEnvFile}.draft`, lines.map((line) => `${line}\n`).join(''));
      renameSync(`${stackEnvFile}.draft`, stackEnvFile);
    }
    return Promise.resolve();
  });

const partOf = (line: string): Part => (line.startsWith(SECURED) ? 'secured' : 'open');

const writtenLines = (): string[] => {
  try {
    return readFileSync(stackEnvFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
