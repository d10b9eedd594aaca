import { join } from 'node:path';
import { stackFolder } from './folders.ts';
import { createKafka } from './kafka.ts';
import { createPostgres } from './postgres.ts';
import { createRegistry } from './registry.ts';
import type { Progress } from './progress.ts';
import type { Server } from './server.ts';

/** The three servers of this checkout. */
export const createServers = (progress: Progress): readonly Server[] => [
  createKafka({ folder: join(stackFolder, 'kafka'), progress }),
  createRegistry({ folder: join(stackFolder, 'registry'), progress, atRestart: 'kept' }),
  createPostgres({ folder: join(stackFolder, 'postgres'), progress }),
];

export const logFileOf = ({ name }: Server): string => join(stackFolder, 'logs', `${name}.log`);
