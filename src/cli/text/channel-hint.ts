import type { Database } from '../../postgres/pool.ts';
import { similarChannels } from '../../postgres/similar-channels.ts';
import { nearestNames } from '../../sdk/nearest-name.ts';

const MOST = 3;

/** What may have been meant by a channel that nobody knows, to be put behind a sentence; empty if nothing is near. */
export const channelHint = async (pool: Database, channelId: string): Promise<string> => {
  const nearest = nearestNames(channelId, await similarChannels(pool, channelId)).slice(0, MOST);
  return nearest.length === 0 ? '' : `; did you mean ${nearest.join(' or ')}?`;
};
