/** Fetches one wheel from PyPI, or from the user's mirror. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MavenDeps } from './maven-deps.ts';
import { fetchAll } from './pinned-artifacts.ts';

export type Wheel = {
  /** The contents of the wheel, in words. */
  readonly title: string;
  /** `name==version`. */
  readonly requirement: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The folder of the file on PyPI's file server. */
  readonly path: string;
};

/** Rejects if the wheel cannot be fetched or differs from the pinned one. @returns the path of the file in the folder */
export const fetchWheel = async (wheel: Wheel, folder: string, deps: MavenDeps): Promise<string> => {
  const { file, sha256 } = wheel;
  const archive = join(folder, file);
  if (!(await downloadWithPip(wheel, folder, deps))) await downloadPinned(wheel, archive, deps);
  const actual = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (actual !== sha256)
    throw new Error(`${file} from pip is another file: its SHA-256 is ${actual}, not ${sha256}`);
  return archive;
};

const PIPS: readonly (readonly [string, ...string[]])[] = [['pip3'], ['pip'], ['python3', '-m', 'pip']];

/** Try pip first: it knows the user's index, mirror and certificates. False if pip is missing or fails. */
const downloadWithPip = async (wheel: Wheel, folder: string, deps: MavenDeps): Promise<boolean> => {
  const { title, requirement, file } = wheel;
  const { progress, signal } = deps;
  for (const [program, ...before] of PIPS) {
    if (!(await succeeds(program, [...before, '--version'], signal))) continue;
    progress.say(`Fetching ${title} (${megabytes(wheel)}) with ${program}, once for all checkouts…`);
    const startedAt = Date.now();
    const ticking = setInterval(() => {
      progress.update(`  for ${String(Math.round((Date.now() - startedAt) / 1000))} s`);
    }, 1000);
    const options = ['--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check'];
    const args = [...before, 'download', ...options, '--dest', folder, requirement];
    const isDone = await succeeds(program, args, signal);
    clearInterval(ticking);
    signal.throwIfAborted();
    if (isDone && existsSync(join(folder, file))) return true;
    progress.say(`${program} could not fetch ${title}: fetching it without ${program}.`);
    return false;
  }
  return false;
};

const succeeds = (program: string, args: readonly string[], signal: AbortSignal): Promise<boolean> =>
  promisify(execFile)(program, [...args], { signal }).then(
    () => true,
    () => false,
  );

const downloadPinned = (wheel: Wheel, to: string, deps: MavenDeps): Promise<void> => {
  const { title, file, sha256, bytes, path } = wheel;
  return fetchAll(
    title,
    [{ url: `https://files.pythonhosted.org/packages/${path}/${file}`, sha256, bytes, to }],
    deps,
  );
};

const megabytes = ({ bytes }: Wheel): string => `${String(Math.round(bytes / 1e6))} MB`;
