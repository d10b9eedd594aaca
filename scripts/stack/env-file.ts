import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { stackEnvFile } from './folders.ts';

/** What a program needs to find all three servers. */
export const SERVER_VARIABLES = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL'] as const;

export const writeEnvFile = (variables: Record<string, string>): void => {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(`${stackEnvFile}.draft`, lines.join(''));
  renameSync(`${stackEnvFile}.draft`, stackEnvFile);
};

export const removeEnvFile = (): void => {
  rmSync(stackEnvFile, { force: true });
};
