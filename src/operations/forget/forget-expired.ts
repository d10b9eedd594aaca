import { shortestRetention } from '../../postgres/forgetting/shortest-retention.ts';
import { requireKnownChannel } from '../channels/known-channel.ts';
import { openDatabaseAsOwner } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { forgetInDecisions, type Forgetting } from './forgetting.ts';

export type ExpiredRequest = {
  /** The only channel to look at; undefined: all. */
  readonly channel: string | undefined;
  readonly mode: 'dry' | 'write';
};

/** Forgets personal data in decisions that are older than the retention of their channel. */
export const forgetExpired = async (work: Work, { channel, mode }: ExpiredRequest): Promise<Forgetting> => {
  const pool = await openDatabaseAsOwner(work, work.settings('database'));
  await requireKnownChannel(pool, channel);
  return forgetInDecisions(work, pool, {
    scope: { kind: 'expired', shortestDays: await shortestRetention(pool) },
    channelIds: channel === undefined ? undefined : [channel],
    mode,
  });
};
