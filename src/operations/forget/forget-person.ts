import { channelsOfPerson } from '../../postgres/forgetting/channels-of-person.ts';
import { forgetPolicyChanges } from '../../postgres/forgetting/forget-policy-changes.ts';
import { forgetSkips } from '../../postgres/forgetting/forget-skips.ts';
import { Failure } from '../../processor/failure.ts';
import { requireKnownChannel } from '../channels/known-channel.ts';
import { openDatabaseAsOwner } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { forgetInDecisions, type Forgetting } from './forgetting.ts';

export type PersonRequest = {
  readonly user: string;
  /** Other names under which the person changed policies or skipped records. */
  readonly by: readonly string[];
  readonly channel: string | undefined;
  readonly mode: 'dry' | 'write';
};

/** How many policy versions and skipped records name the person as author. */
export type Authored = { readonly changes: number; readonly skips: number };

/** Forgets the person as an author first, calls `onAuthor`, then forgets the person in decisions. Null: the person took part in no run. */
export const forgetPerson = async (
  work: Work,
  { user, by, channel, mode }: PersonRequest,
  onAuthor: (authored: Authored) => Promise<void>,
): Promise<Forgetting | null> => {
  const pool = await openDatabaseAsOwner(work, work.settings('database'));
  await requireKnownChannel(pool, channel);
  const all = await channelsOfPerson(pool, user);
  const channelIds = channel === undefined ? all : all.filter((each) => each === channel);
  const names = [user, ...by];
  const changes = await forgetPolicyChanges(pool, { names, channelId: channel, mode });
  // A skipped record belongs to no channel.
  const skips = channel === undefined ? await forgetSkips(pool, names, mode) : 0;
  if (channelIds.length === 0 && changes + skips === 0) throw unknown(user, channel);
  await onAuthor({ changes, skips });
  if (channelIds.length === 0) return null;
  return forgetInDecisions(work, pool, { scope: { kind: 'person', userId: user }, channelIds, mode });
};

const unknown = (userId: string, channelId: string | undefined): Failure =>
  new Failure(
    'fatal',
    'UNKNOWN_USER',
    `user ${userId} has never taken part in a closed run${channelId === undefined ? '' : ` of channel ${channelId}`}, and has ` +
      'changed no policy and skipped no record under this name: check the id (orders carry it as `userId`)',
  );
