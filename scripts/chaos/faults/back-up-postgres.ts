import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { World } from '../world/world.ts';

/** Shuts the server down and copies its data. The returned function restores the copy; call it once. */
export const backUpPostgres = async ({ postgres }: Pick<World, 'postgres'>): Promise<() => Promise<void>> => {
  const [data, backup] = [join(postgres.folder, 'data'), join(postgres.folder, 'backup')];
  await postgres.kill('SIGINT');
  await copy(data, backup);
  await postgres.start();
  return async () => {
    await postgres.kill('SIGKILL');
    await copy(backup, data);
    await postgres.start();
    rmSync(backup, { recursive: true });
  };
};

/** Keeps owners and modes, because the server checks them. */
const copy = async (from: string, to: string): Promise<void> => {
  rmSync(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
};
