import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScratchIndex, type ScratchIndex } from '../../scratch/claim-index.ts';
import type { Work } from '../work.ts';

/** A working folder that is removed when the work ends. */
export const createScratchFolder = async (work: Work): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'runclose-replay-'));
  work.onClose(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export const openScratch = async (work: Work, folder: string): Promise<ScratchIndex> => {
  const index = await openScratchIndex(folder);
  work.onClose(() => index.close());
  return index;
};
