import { sql } from 'slonik';
import type { Member } from '../../domain/ledger.ts';
import { textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';

/** Members by channel and user. A user who is missing here is new in the channel. */
export type MembersByChannel = ReadonlyMap<string, ReadonlyMap<string, Member>>;

export const readMembers = async (
  transaction: Transaction,
  usersByChannel: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<MembersByChannel> => {
  const channelIds: string[] = [];
  const userIds: string[] = [];
  const members: Map<string, Member>[] = [];
  const byChannel = new Map<string, Map<string, Member>>();
  for (const [channelId, users] of usersByChannel) {
    const ofChannel = new Map<string, Member>();
    byChannel.set(channelId, ofChannel);
    for (const userId of users) {
      channelIds.push(channelId);
      userIds.push(userId);
      members.push(ofChannel);
    }
  }

  const rows = await transaction.any(sql.unsafe`
    SELECT array_agg(p.place) AS places, array_agg(m.balance) AS balances, array_agg(m.served) AS served,
      array_agg(m.attended) AS attended, array_agg(m.last_served_sequence) AS last_served,
      array_agg(m.last_seen_sequence) AS last_seen
    FROM unnest(${textArray(channelIds)}::text[], ${textArray(userIds)}::text[])
      WITH ORDINALITY AS p (channel_id, user_id, place)
    JOIN channel_member m USING (channel_id, user_id)`);
  const [found] = rows as readonly Row[];
  found?.places?.forEach((place, index) => {
    const userId = userIds[place - 1];
    if (userId === undefined) return;
    members[place - 1]?.set(userId, {
      userId,
      balance: found.balances[index] as number,
      served: found.served[index] as number,
      attended: found.attended[index] as number,
      lastServedSequence: found.last_served[index] as number | null,
      lastSeenSequence: found.last_seen[index] as number | null,
    });
  });
  return byChannel;
};

/** One list per column, in the same order. `places`: the indexes of the requested pairs, from 1; null if no pair is known. */
type Row = {
  readonly places: readonly number[] | null;
  readonly balances: readonly number[];
  readonly served: readonly number[];
  readonly attended: readonly number[];
  readonly last_served: readonly (number | null)[];
  readonly last_seen: readonly (number | null)[];
};
