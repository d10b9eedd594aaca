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
    SELECT p.place, m.balance, m.served, m.attended, m.last_served_sequence, m.last_seen_sequence
    FROM unnest(${textArray(channelIds)}::text[], ${textArray(userIds)}::text[])
      WITH ORDINALITY AS p (channel_id, user_id, place)
    JOIN channel_member m USING (channel_id, user_id)`);
  for (const row of rows as readonly Row[]) {
    const userId = userIds[row.place - 1];
    if (userId === undefined) continue;
    members[row.place - 1]?.set(userId, {
      userId,
      balance: row.balance,
      served: row.served,
      attended: row.attended,
      lastServedSequence: row.last_served_sequence,
      lastSeenSequence: row.last_seen_sequence,
    });
  }
  return byChannel;
};

/** `place`: the index of the requested pair, from 1. zod does not check these rows: that took longer than the query. */
type Row = {
  readonly place: number;
  readonly balance: number;
  readonly served: number;
  readonly attended: number;
  readonly last_served_sequence: number | null;
  readonly last_seen_sequence: number | null;
};
