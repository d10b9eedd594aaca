import type { GroupOffsets } from '../../kafka/read/group-offsets.ts';
import { Failure } from '../../processor/failure.ts';
import type { Work } from '../work.ts';

/**
 * Reads the group's offsets if the principal may. A publisher may lack the right to describe the processor's group. Then the offsets are
 * unknown, and a note says so once. The outputs still show every outcome except duplicates.
 */
export const offsetsIfAllowed = (offsets: GroupOffsets, { note }: Pick<Work, 'note'>): GroupOffsets => {
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
