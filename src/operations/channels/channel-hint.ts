import { nearestNames } from '../../domain/words/nearest-name.ts';
import type { Database } from '../../postgres/pool.ts';
import { similarChannels } from '../../postgres/similar-channels.ts';

const MAX_SUGGESTIONS = 3;

/** Names known channels with similar ids, as a sentence to append to another one; empty if there are none. */
export const channelHint = async (pool: Database, channelId: string): Promise<string> => {
  const nearest = nearestNames(channelId, await similarChannels(pool, channelId)).slice(0, MAX_SUGGESTIONS);
  return nearest.length === 0 ? '' : `. Did you mean ${nearest.join(' or ')}?`;
};
