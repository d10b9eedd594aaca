import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stackEnvFile } from './folders.ts';

/** What a program needs to find all three servers. */
export const SERVER_VARIABLES = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL'] as const;

export const writeEnvFile = (variables: Record<string, string>): void => {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`${stackEnvFile}.draft`, lines.join(''));
  renameSync(`${stackEnvFile}.draft`, stackEnvFile);
};

export const readEnvFile = (): Record<string, string> =>
  Object.fromEntries(
    readFileSync(stackEnvFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

export const removeEnvFile = (): void => {
  rmSync(stackEnvFile, { force: true });
};
