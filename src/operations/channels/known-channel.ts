/**
 * A misspelt channel looks like a channel in which nothing happened. So commands that show or change the past refuse unknown channels.
 * Commands that set a policy accept unknown channels, because every channel is unknown at first.
 */
import { isKnownChannel } from '../../postgres/forgetting/is-known-channel.ts';
import type { Database } from '../../postgres/pool.ts';
import { channelUnknown } from '../refusals.ts';
import type { Work } from '../work.ts';
import { channelHint } from './channel-hint.ts';

/** Rejects if the channel is unknown: otherwise people would believe "there is no personal data" about a misspelt channel. */
export const requireKnownChannel = async (pool: Database, channelId: string | undefined): Promise<void> => {
  const unknown = channelId === undefined ? null : await unknownChannel(pool, channelId);
  if (unknown !== null) throw channelUnknown(unknown);
};

/** If the channel is unknown, prints similar channels. */
export const noteSimilarChannels = async (
  work: Pick<Work, 'note'>,
  pool: Database,
  channelId: string,
): Promise<void> => {
  if (await isKnownChannel(pool, channelId)) return;
  const hint = await channelHint(pool, channelId);
  if (hint !== '') work.note(`Nothing was ever decided in channel ${channelId}${hint}`);
};

/** Says that there is no such channel and names similar ones; null if the channel exists. */
export const unknownChannel = async (pool: Database, channelId: string): Promise<string | null> =>
  (await isKnownChannel(pool, channelId))
    ? null
    : `there is no channel ${channelId}: nothing was ever decided in it${await channelHint(pool, channelId)}`;
