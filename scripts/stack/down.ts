import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { removeEnvFile } from './env-file.ts';
import { stackFolder } from './folders.ts';
import type { Progress } from './progress.ts';
import { removeRunRecord } from './run-record.ts';
import { createServers } from './servers.ts';
import { stopServer } from './stop.ts';

/** Ends exactly what this checkout's stack has started; `data: 'wipe'` removes its data and logs as well. */
export const takeDown = (progress: Progress, { data }: { data: 'keep' | 'wipe' }): Promise<void> =>
  withLock(join(stackFolder, 'locks/stack'), async () => {
    const servers = createServers(progress);
    removeEnvFile();
    const ended = await Promise.all(servers.map(stopServer));
    const titles = servers.filter((_, index) => ended[index]).map(({ title }) => title);
    progress.say(titles.length === 0 ? 'Nothing was running.' : `Ended ${titles.join(', ')}.`);
    if (data === 'keep') return;
    for (const server of servers) {
      removeRunRecord(server.name);
      for (const folder of server.dataFolders) rmSync(folder, { recursive: true, force: true });
    }
    rmSync(join(stackFolder, 'logs'), { recursive: true, force: true });
    progress.say('Removed its data and logs.');
  });
