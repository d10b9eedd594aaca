import { sql, type FragmentSqlToken } from 'slonik';
import type { Member } from '../../domain/ledger.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';

export type ChangedMember = { readonly channelId: string; readonly member: Member };

/** Inserts new members. No other transaction can have added them: it would need the lock of the channel's ledger. */
export const insertMembers = (members: readonly ChangedMember[]): FragmentSqlToken => sql.fragment`
    INSERT INTO channel_member (${MEMBER_COLUMNS}) SELECT * FROM unnest(${memberArrays(members)})`;

/** Updates known members. An upsert would write each row twice: it locks a row by marking the row, and then updates it. */
export const updateMembers = (members: readonly ChangedMember[]): FragmentSqlToken => sql.fragment`
    UPDATE channel_member m
    SET balance = c.balance, served = c.served, attended = c.attended,
      last_served_sequence = c.last_served_sequence, last_seen_sequence = c.last_seen_sequence
    FROM unnest(${memberArrays(members)}) AS c (${MEMBER_COLUMNS})
    WHERE m.channel_id = c.channel_id AND m.user_id = c.user_id`;

export const MEMBER_COLUMNS = sql.fragment`
  channel_id, user_id, balance, served, attended, last_served_sequence, last_seen_sequence`;

/** One array for each column, for `unnest`. */
export const memberArrays = (members: readonly ChangedMember[]): FragmentSqlToken => {
  const bigints = (of: (member: Member) => number | null) =>
    bigintArray(members.map(({ member }) => of(member)));
  return sql.fragment`
    ${textArray(members.map(({ channelId }) => channelId))}::text[],
    ${textArray(members.map(({ member }) => member.userId))}::text[],
    ${bigints((member) => member.balance)}::bigint[],
    ${bigints((member) => member.served)}::bigint[],
    ${bigints((member) => member.attended)}::bigint[],
    ${bigints((member) => member.lastServedSequence)}::bigint[],
    ${bigints((member) => member.lastSeenSequence)}::bigint[]`;
};
