import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Fault } from './fault.ts';

export const restorePostgres: Fault = {
  kind: 'restore-postgres',
  title: 'Postgres restored from an older copy of its data',
  runs: 'alone',
  inject: async ({ postgres, pause }, random) => {
    const [data, backup] = [join(postgres.folder, 'data'), join(postgres.folder, 'backup')];
    await postgres.kill('SIGINT');
    await copy(data, backup);
    await postgres.start();
    await pause(4 + 6 * random.next());
    await postgres.kill('SIGKILL');
    await copy(backup, data);
    await postgres.start();
    rmSync(backup, { recursive: true });
  },
};

/** With owners and modes, as the server demands them. */
const copy = async (from: string, to: string): Promise<void> => {
  rmSync(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
};
