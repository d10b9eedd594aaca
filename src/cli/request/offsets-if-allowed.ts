import type { GroupOffsets } from '../../kafka/group-offsets.ts';
import { Failure } from '../../processor/failure.ts';
import type { Output } from '../frame/output.ts';

/**
 * Whoever publishes may have no right to look at the processor's group. Every outcome but a duplicate is in the outputs, so then this knows
 * nothing of what the group has passed, and says so once.
 */
export const offsetsIfAllowed = (offsets: GroupOffsets, { note }: Pick<Output, 'note'>): GroupOffsets => {
  let isRefused = false;
  return {
    committed: async (topic, partitions) => {
      if (isRefused) return new Map();
      try {
        return await offsets.committed(topic, partitions);
      } catch (thrown) {
        if (!(thrown instanceof Failure && thrown.code === 'KAFKA_GROUP_AUTHORIZATION_FAILED')) throw thrown;
        isRefused = true;
        note(`A known duplicate will have no outcome: ${thrown.message}`);
        return new Map();
      }
    },
    close: () => offsets.close(),
  };
};
