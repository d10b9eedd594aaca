import { setTimeout as sleep } from 'node:timers/promises';
import { settledWithinMs } from '../../kafka/client/deadline.ts';
import { type Failure, failureOf, passesInTime } from '../../processor/failure.ts';
import { withoutWaiting } from '../servers/without-waiting.ts';
import { createTeardown } from '../serve/teardown.ts';
import type { Work } from '../work.ts';
import { type GroupStatus, groupStatus } from './status.ts';

/** What a watcher sees at one moment. */
export type Sight =
  | { readonly kind: 'status'; readonly at: Date; readonly status: GroupStatus }
  /** The servers could not be asked. The next try follows. */
  | { readonly kind: 'failed'; readonly at: Date; readonly failure: Failure }
  /** The servers have not answered yet. The same try continues. */
  | { readonly kind: 'late'; readonly at: Date };

export type WatchOptions = {
  /** The pause between two reads, which never overlap. */
  readonly everyMs: number;
  /** After this time without an answer, the watcher sees that the servers are late. */
  readonly lateMs?: number;
  /** For tests. */
  readonly read?: (work: Work) => Promise<GroupStatus>;
};

/**
 * Reads the status again and again until the work is interrupted. Each read opens its own connections, so an outage ends with the read that
 * meets it. The first read waits for the servers, and rejects, like `status` without a watch. After that, an outage or a refused login is
 * shown, and other failures reject.
 */
export async function* watchStatus(
  work: Work,
  { everyMs, lateMs = LATE_MS, read = groupStatus }: WatchOptions,
): AsyncGenerator<Sight> {
  const connections = createTeardown();
  work.onClose(() => connections.run());
  const patient: Work = { ...work, onClose: connections.add };
  const impatient: Work = { ...withoutWaiting(patient), note: () => undefined };
  let hasStatus = false;

  const readOnce = async (): Promise<Sight> => {
    try {
      const status = await read(hasStatus ? impatient : patient);
      return { kind: 'status', at: new Date(), status };
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (!hasStatus || !passesInTime(failure)) throw thrown;
      return { kind: 'failed', at: new Date(), failure };
    } finally {
      await connections.run();
    }
  };

  while (!work.interrupted.aborted) {
    const reading = readOnce();
    if (hasStatus && !(await settledWithinMs(lateMs, reading))) yield { kind: 'late', at: new Date() };
    yield await reading;
    hasStatus = true;
    await sleep(everyMs, undefined, { signal: work.interrupted }).catch(() => undefined);
  }
}

const LATE_MS = 5_000;
