import { join } from 'node:path';
import { removeFromEnvFile, writeToEnvFile } from './env-file.ts';
import { stackEnvFile, stackFolder } from './folders.ts';
import { createKafka } from './kafka.ts';
import { createPostgres } from './postgres.ts';
import type { Progress } from './progress.ts';
import { createRegistry } from './registry.ts';
import { type Stack, variablesOf } from './stack.ts';

/** The three servers of this checkout, open to every user of this machine. */
export const createOpenStack = (progress: Progress): Stack => {
  const servers = [
    createKafka({ folder: join(stackFolder, 'kafka'), progress }),
    createRegistry({ folder: join(stackFolder, 'registry'), progress, atRestart: 'kept' }),
    createPostgres({ folder: join(stackFolder, 'postgres'), progress }),
  ];
  return {
    title: 'The stack',
    folder: stackFolder,
    servers,
    remains: [join(stackFolder, 'logs')],
    settle: async (running) => {
      await writeToEnvFile('open', variablesOf({ servers }, running));
      return `its addresses are in ${stackEnvFile}`;
    },
    retract: () => removeFromEnvFile('open'),
  };
};
