import type { Fault } from './fault.ts';

const TERMINATE = `
  SELECT count(pg_terminate_backend(pid))::int AS terminated FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`;

export const terminateBackends: Fault = {
  kind: 'terminate-backends',
  title: "the instances' Postgres sessions terminated",
  runs: 'alone',
  inject: async ({ sql, pause }, random) => {
    let terminated = 0;
    for (let times = random.between(2, 5); times > 0; times -= 1) {
      await pause(random.next());
      terminated += await sql(async (client) => {
        const { rows } = await client.query<{ terminated: number }>(TERMINATE);
        return rows[0]?.terminated ?? 0;
      });
    }
    if (terminated === 0) throw new Error('there was no session to terminate');
  },
};
