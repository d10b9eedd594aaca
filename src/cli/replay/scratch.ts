import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScratchIndex, type ScratchIndex } from '../../scratch/claim-index.ts';
import type { CommandContext } from '../frame/cli.ts';

/** A working folder for as long as the command runs. */
export const createScratchFolder = async (context: CommandContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'runclose-replay-'));
  context.onClose(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export const openScratch = async (context: CommandContext, folder: string): Promise<ScratchIndex> => {
  const index = await openScratchIndex(folder);
  context.onClose(() => index.close());
  return index;
};
