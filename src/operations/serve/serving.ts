import type { Endpoints } from './endpoints.ts';
import type { Member } from './member.ts';
import { createTeardown } from './teardown.ts';

export type ServingDeps = {
  readonly endpoints: Endpoints;
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

/** Starts and stops all members together. The endpoints answer for them. */
export const createServing = ({ endpoints, members }: ServingDeps): Serving => {
  const ofAll = <T>(ask: (member: Member) => Promise<T>): Promise<T[]> => Promise.all(members.map(ask));
  const teardown = createTeardown();
  teardown.add(() => ofAll((member) => member.close()));
  // The endpoints answer until all members have left the group.
  teardown.add(() => endpoints.close());
  endpoints.answerFor(members);
  return {
    httpPort: endpoints.port,
    // All members join at once, so that the group rebalances once.
    join: async () => {
      await ofAll((member) => member.join());
    },
    stop: async () => {
      const drained = await ofAll((member) => member.leave());
      await teardown.run();
      return drained.every(Boolean);
    },
  };
};
