/**
 * A misspelt channel looks like one in which nothing happened. Commands that show or change its past refuse it. Commands that set what
 * holds from now on take it, since every channel is unknown at first.
 */
import { isKnownChannel } from '../../postgres/forgetting/is-known-channel.ts';
import type { Database } from '../../postgres/pool.ts';
import { channelUnknown } from '../frame/exit-codes.ts';
import type { Output } from '../frame/output.ts';
import { channelHint } from '../text/channel-hint.ts';

/** Refuses a misspelt channel: "there is no personal data" about it would be believed. */
export const requireKnownChannel = async (pool: Database, channelId: string | undefined): Promise<void> => {
  const unknown = channelId === undefined ? null : await unknownChannel(pool, channelId);
  if (unknown !== null) throw channelUnknown(unknown);
};

/** Names the channels that may be meant, if this one is unknown. */
export const noteSimilarChannels = async (
  output: Output,
  pool: Database,
  channelId: string,
): Promise<void> => {
  if (await isKnownChannel(pool, channelId)) return;
  const hint = await channelHint(pool, channelId);
  if (hint !== '') output.note(`Nothing was ever decided in channel ${channelId}${hint}`);
};

/** That there is no such channel, and which may be meant; null if there is one. */
export const unknownChannel = async (pool: Database, channelId: string): Promise<string | null> =>
  (await isKnownChannel(pool, channelId))
    ? null
    : `there is no channel ${channelId}: nothing was ever decided in it${await channelHint(pool, channelId)}`;
