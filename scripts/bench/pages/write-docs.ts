import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { root } from '../../stack/folders.ts';
import type { Measured } from '../part.ts';
import { capacityPage } from './capacity-page.ts';
import { costsIn } from './capacity.ts';
import { performancePage, type Circumstances } from './performance-page.ts';

const DOCS = join(root, 'docs');

/** Writes `docs/performance.md` with its pictures, and `docs/capacity.md`. */
export const writeDocs = async (
  measured: readonly Measured[],
  circumstances: Omit<Circumstances, 'commit'>,
): Promise<void> => {
  const facts = { ...circumstances, commit: await commitOf() };
  await writePictures(measured, join(DOCS, 'performance'));
  await writePage('performance.md', performancePage(measured, facts));
  await writePage('capacity.md', capacityPage(costsIn(measured)));
};

export const writePictures = async (measured: readonly Measured[], folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const { picture } of measured)
    if (picture !== undefined) await writeFile(join(folder, picture.file), picture.svg);
};

const writePage = async (name: string, text: string): Promise<void> => {
  const path = join(DOCS, name);
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
};

const commitOf = async (): Promise<string> =>
  (await promisify(execFile)('git', ['describe', '--always', '--dirty'], { cwd: root })).stdout.trim();
