import { decide, type Decision } from '../../domain/decide.ts';
import { readLedger } from '../../postgres/ledgers.ts';
import { getPolicy } from '../../postgres/policies.ts';
import { noteSimilarChannels, requireKnownChannel } from '../channels/known-channel.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { channelView, type ChannelView } from './channel-view.ts';
import { imaginedRun } from './imagined-run.ts';
import { knownNames } from './known-names.ts';

/** Everybody's standing in a channel. Rejects if the channel is unknown. */
export const readStandings = async (work: Work, channelId: string): Promise<ChannelView> => {
  const { pool, ledger, policy } = await openChannel(work, channelId);
  await requireKnownChannel(pool, channelId);
  return channelView({ channelId, ledger, policy, names: await knownNames(pool, channelId) });
};

/** Decides who would go if only these people ordered now. */
export const decideNext = async (
  work: Work,
  channelId: string,
  userIds: readonly string[],
): Promise<Decision> => {
  const { pool, ledger, policy } = await openChannel(work, channelId);
  await noteSimilarChannels(work, pool, channelId);
  const run = imaginedRun(channelId, userIds, await knownNames(pool, channelId));
  return decide({ ledger, policy, closedBy: undefined }, run);
};

const openChannel = async (work: Work, channelId: string) => {
  const pool = await openDatabase(work, work.settings('database'));
  const { ledger } = await readLedger(pool, channelId);
  return { pool, ledger, policy: await getPolicy(pool, channelId) };
};
