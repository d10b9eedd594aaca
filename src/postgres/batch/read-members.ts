import { sql, type FragmentSqlToken } from 'slonik';
import type { Member } from '../../domain/ledger.ts';
import type { Claim } from '../../processor/ports/decision-store.ts';
import { textArray } from '../binary-arrays.ts';

/** Members by channel and user. A user who is missing here is new in the channel. */
export type MembersByChannel = ReadonlyMap<string, ReadonlyMap<string, Member>>;

/** Everybody who takes part in a run of the batch, once per channel. */
export type Participants = { readonly channelIds: readonly string[]; readonly userIds: readonly string[] };

export const participantsOf = (claims: readonly Claim[]): Participants => {
  const usersByChannel = new Map<string, Set<string>>();
  const channelIds: string[] = [];
  const userIds: string[] = [];
  for (const { channelId, userIds: ofClaim } of claims) {
    const users = usersByChannel.get(channelId) ?? new Set();
    usersByChannel.set(channelId, users);
    for (const userId of ofClaim) {
      if (users.has(userId)) continue;
      users.add(userId);
      channelIds.push(channelId);
      userIds.push(userId);
    }
  }
  return { channelIds, userIds };
};

/** One row with a list per column, in the same order. `member_places`: the indexes of the participants, from 1. */
export const memberColumns = ({ channelIds, userIds }: Participants): FragmentSqlToken => sql.fragment`
  SELECT array_agg(p.place) AS member_places, array_agg(m.balance) AS balances, array_agg(m.served) AS served,
    array_agg(m.attended) AS attended, array_agg(m.last_served_sequence) AS last_served,
    array_agg(m.last_seen_sequence) AS last_seen
  FROM unnest(${textArray(channelIds)}::text[], ${textArray(userIds)}::text[])
    WITH ORDINALITY AS p (channel_id, user_id, place)
  JOIN channel_member m USING (channel_id, user_id)`;

/** Null if no participant is known. */
export type MemberColumns = {
  readonly member_places: readonly number[] | null;
  readonly balances: readonly number[];
  readonly served: readonly number[];
  readonly attended: readonly number[];
  readonly last_served: readonly (number | null)[];
  readonly last_seen: readonly (number | null)[];
};

export const membersOf = (
  { channelIds, userIds }: Participants,
  columns: MemberColumns,
): MembersByChannel => {
  const byChannel = new Map<string, Map<string, Member>>();
  columns.member_places?.forEach((place, index) => {
    const channelId = channelIds[place - 1] as string;
    const userId = userIds[place - 1] as string;
    const members = byChannel.get(channelId) ?? new Map<string, Member>();
    byChannel.set(channelId, members);
    members.set(userId, {
      userId,
      balance: columns.balances[index] as number,
      served: columns.served[index] as number,
      attended: columns.attended[index] as number,
      lastServedSequence: columns.last_served[index] as number | null,
      lastSeenSequence: columns.last_seen[index] as number | null,
    });
  });
  return byChannel;
};
