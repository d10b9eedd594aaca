import { rmSync } from 'node:fs';
import { withLock } from '../lock.mjs';
import type { Progress } from './progress.ts';
import { removeRunRecord } from './run-record.ts';
import { lockOf, type Stack } from './stack.ts';
import { stopServer } from './stop.ts';

/** Ends exactly the processes that this checkout's stack has started; `data: 'wipe'` also removes data and logs. */
export const takeDown = (
  stack: Stack,
  progress: Progress,
  { data }: { data: 'keep' | 'wipe' },
): Promise<void> =>
  withLock(lockOf(stack), async () => {
    const { servers, remains } = stack;
    await stack.retract();
    const ended = await Promise.all(servers.map((server) => stopServer(stack, server)));
    const titles = servers.filter((_, index) => ended[index]).map(({ title }) => title);
    progress.say(
      titles.length === 0
        ? `${stack.title}: nothing was running.`
        : `${stack.title}: ended ${titles.join(', ')}.`,
    );
    if (data === 'keep') return;
    for (const server of servers) {
      removeRunRecord(stack, server);
      for (const path of server.dataFolders) rmSync(path, { recursive: true, force: true });
    }
    for (const path of remains) rmSync(path, { recursive: true, force: true });
    progress.say(`${stack.title}: removed its data and logs.`);
  });
