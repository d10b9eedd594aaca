import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Data, logs, process ids and settings of this checkout's stack. */
export const stackFolder = join(root, '.stack');

export const stackEnvFile = join(stackFolder, 'env');

/** Downloads, shared by all checkouts of one person. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'runclose');
