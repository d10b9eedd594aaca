import { isKnownChannel } from '../../postgres/forgetting/is-known-channel.ts';
import type { Database } from '../../postgres/pool.ts';
import { wrongUse } from '../frame/exit-codes.ts';
import { channelHint } from '../text/channel-hint.ts';

/** Refuses a misspelt channel: "there is no personal data" about it would be believed. */
export const requireKnownChannel = async (pool: Database, channelId: string | undefined): Promise<void> => {
  if (channelId !== undefined && !(await isKnownChannel(pool, channelId)))
    throw wrongUse(
      `nothing was decided in a channel ${channelId}: check the id${await channelHint(pool, channelId)}`,
    );
};
