import type { Fault } from './fault.ts';

export const killPostgres: Fault = {
  kind: 'kill-postgres',
  title: 'Postgres killed (-9 or immediate) and started again',
  runs: 'alone',
  inject: async ({ postgres, pause }, random) => {
    await pause(random.next());
    await postgres.kill(random.pick(['SIGKILL', 'SIGQUIT']));
    await pause(5 * random.next());
    await postgres.start();
  },
};
