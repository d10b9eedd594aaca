import { onAbort } from '../kafka/client/on-abort.ts';
import type { Pacer } from '../processor/ports/breakers.ts';
import type { Clock } from '../sdk/clock.ts';
import type { MemoryServers } from './memory-servers.ts';

/** As long as the longest pause of the real subscriber. */
const PAUSE_MS = 2_000;

/** Waits until a server comes back, or until the test lets two seconds pass. */
export const createMemoryPacer = (
  servers: MemoryServers,
  clock: Pick<Clock, 'after'>,
  stopping: AbortSignal,
): Pacer => ({
  beforeRetry: () =>
    new Promise((resolve) => {
      const endings = [
        servers.onBack(() => {
          end();
        }),
        clock.after(PAUSE_MS, () => {
          end();
        }),
      ];
      const end = (): void => {
        for (const forget of endings) forget();
        resolve();
      };
      onAbort(stopping, end);
    }),
});
