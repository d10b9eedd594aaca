import { isSameLog } from '../../processor/log-identity.ts';
import type { LogIdentity } from '../../processor/ports/input-log.ts';

/**
 * Detects topics that were deleted and created again. If the new topic is as long as the old one, an owner that waits at its end gets no
 * record, and would never check the topic's id. So each call compares the ids. If they have changed, the consumer reads every partition
 * from its first record. The session of each partition expects another offset, so it reconciles and finds the new topic.
 *
 * @param identity rejects if the ids are unknown at the moment
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
