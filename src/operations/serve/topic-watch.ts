import { isSameLog } from '../../processor/log-identity.ts';
import type { LogIdentity } from '../../processor/ports/input-log.ts';

/**
 * A topic that was deleted and created again, and is as long as before, brings no record to an owner that waits at its end: the owner
 * would never ask which topic this is. So the ids are compared at every look. If they changed, every partition is read from its first
 * record, and its session, which expects another offset, takes the partition over anew and finds out.
 *
 * @param identity rejects while nobody can tell
 */
export const createTopicWatch = (identity: () => Promise<LogIdentity>, readFromStart: () => void) => {
  let known: LogIdentity | null = null;
  return async (): Promise<void> => {
    const now = await identity().catch(() => null);
    if (now === null) return;
    const hasChanged = known !== null && !isSameLog(known, now);
    known = now;
    if (hasChanged) readFromStart();
  };
};
