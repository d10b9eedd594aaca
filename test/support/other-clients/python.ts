import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { obtainCached } from '../../../scripts/stack/cache.ts';

const run = promisify(execFile);
const PYTHON = 'python3';
const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));

export type Python = {
  readonly command: string;
  /** Lets Python find the installed packages. */
  readonly env: Readonly<Record<string, string>>;
};

/**
 * This machine's Python, with the packages of `requirements.txt`, which pip installs once into the person's cache. Rejects if Python or pip
 * is missing.
 */
export const obtainPython = async (): Promise<Python> => {
  const { stdout } = await run(PYTHON, ['-c', ABI]).catch((error: unknown) => {
    throw new Error('this test needs python3 3.11 or later with pip (Debian: python3-pip)', { cause: error });
  });
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = await obtainCached(`python-${stdout.trim()}-${wanted}`, async (draft) => {
    const into = ['--target', draft, '--only-binary', ':all:', '--requirement', requirements];
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...into]);
  });
  return { command: PYTHON, env: { PYTHONPATH: folder, PYTHONUNBUFFERED: '1' } };
};

/** The packages hold native code, so each kind of Python has its own. */
const ABI = 'import sys, sysconfig; print(sys.implementation.cache_tag + "-" + sysconfig.get_platform())';
