import type { Config } from '../../config/config.ts';
import { united } from '../../observability/health.ts';
import { startHttpServer } from '../../observability/http-server.ts';
import { exposition } from '../../observability/exposition.ts';
import type { Member } from './member.ts';
import { createTeardown } from './teardown.ts';

export type ServingDeps = {
  readonly http: Config['http'];
  readonly members: readonly Member[];
};

export type Serving = {
  /** The port of the HTTP endpoints. */
  readonly httpPort: number;
  /** Joins the group. Rejects with a transient `Failure` while no broker can be reached. */
  join(): Promise<void>;
  /** Finishes the work in flight and closes everything. False if a batch is left to the next owner. Never rejects. */
  stop(): Promise<boolean>;
};

/**
 * Starts and stops all members together, and answers health and metrics requests for all of them. If the HTTP server cannot listen, rejects
 * after it has closed everything.
 */
export const startServing = async ({ http, members }: ServingDeps): Promise<Serving> => {
  const ofAll = <T>(ask: (member: Member) => Promise<T>): Promise<T[]> => Promise.all(members.map(ask));
  const teardown = createTeardown();
  teardown.add(() => ofAll((it) => it.close()));
  try {
    const server = await startHttpServer({
      ...http,
      live: async () => united(await ofAll((it) => it.live())),
      ready: async () => united(await ofAll((it) => it.ready())),
      exposition: async (format) => exposition(await ofAll((it) => it.metrics()), format),
    });
    // The HTTP server answers until all members have left the group.
    teardown.add(() => server.close());
    return {
      httpPort: server.port,
      // All members join at once, so that the group rebalances once.
      join: async () => {
        await ofAll((it) => it.join());
      },
      stop: async () => {
        const drained = await ofAll((it) => it.leave());
        await teardown.run();
        return drained.every(Boolean);
      },
    };
  } catch (error) {
    await teardown.run();
    throw error;
  }
};
