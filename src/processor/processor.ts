import { createCloseRuns, type CloseRunsDeps } from './close-runs.ts';
import { createPartitionSession, type PartitionSession, type SessionDeps } from './partition-session.ts';
import type { BatchHandler } from './ports/batch-handler.ts';

export type ProcessorDeps = CloseRunsDeps & Omit<SessionDeps, 'closeRuns'>;

/** One session per partition. The calls of a session run one after another, and the sessions side by side. */
export const createProcessor = (deps: ProcessorDeps): BatchHandler => {
  const closeRuns = createCloseRuns(deps);
  const sessions = new Map<number, { readonly session: PartitionSession; last: Promise<unknown> }>();

  const inTurn = <T>(partition: number, work: (session: PartitionSession) => Promise<T>): Promise<T> => {
    let entry = sessions.get(partition);
    if (entry === undefined) {
      entry = { session: createPartitionSession({ ...deps, closeRuns }, partition), last: Promise.resolve() };
      sessions.set(partition, entry);
    }
    const { session } = entry;
    const turn = entry.last.then(() => work(session));
    entry.last = turn.catch(() => undefined);
    return turn;
  };

  const release = async (partition: number): Promise<void> => {
    await inTurn(partition, (session) => session.release());
  };

  return {
    handle: (batch, membership) => inTurn(batch.partition, (session) => session.handle(batch, membership)),
    assigned: (partitions) => {
      const kept = new Set(partitions);
      for (const partition of sessions.keys()) if (!kept.has(partition)) void release(partition);
    },
    drain: async () => {
      await Promise.all([...sessions.keys()].map(release));
    },
  };
};
