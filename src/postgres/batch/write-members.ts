import { sql, type FragmentSqlToken, type IdentifierSqlToken } from 'slonik';
import type { Member } from '../../domain/ledger.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';

export type ChangedMember = { readonly channelId: string; readonly member: Member };

/** Inserts new members. No other transaction can have added them: it would need the lock of the channel's ledger. */
export const insertMembers = (members: readonly ChangedMember[]): FragmentSqlToken => sql.fragment`
    INSERT INTO channel_member (${MEMBER_COLUMNS}) SELECT * FROM unnest(${memberArrays(members)})`;

/** Updates known members. An upsert would write each row twice: it locks a row by marking the row, and then updates it. */
export const updateMembers = (members: readonly ChangedMember[]): FragmentSqlToken => sql.fragment`
    UPDATE channel_member m
    SET ${memberNumbersFrom('c')}
    FROM unnest(${memberArrays(members)}) AS c (${MEMBER_COLUMNS})
    WHERE m.channel_id = c.channel_id AND m.user_id = c.user_id`;

/** The column of each number of a member. */
const NUMBER_COLUMNS: Readonly<Record<Exclude<keyof Member, 'userId'>, string>> = {
  balance: 'balance',
  served: 'served',
  attended: 'attended',
  lastServedSequence: 'last_served_sequence',
  lastSeenSequence: 'last_seen_sequence',
};
const NUMBERS = Object.keys(NUMBER_COLUMNS) as readonly (keyof typeof NUMBER_COLUMNS)[];

const NAMES = Object.values(NUMBER_COLUMNS);

const listed = (items: readonly (FragmentSqlToken | IdentifierSqlToken)[]): FragmentSqlToken =>
  sql.fragment`${sql.join(items, sql.fragment`, `)}`;

export const MEMBER_COLUMNS = sql.fragment`channel_id, user_id, ${listed(NAMES.map((name) => sql.identifier([name])))}`;

/** For `UPDATE … SET`: each number of a member gets the value of this row. */
export const memberNumbersFrom = (row: string): FragmentSqlToken =>
  listed(NAMES.map((name) => sql.fragment`${sql.identifier([name])} = ${sql.identifier([row, name])}`));

/** One array for each column, for `unnest`. */
export const memberArrays = (members: readonly ChangedMember[]): FragmentSqlToken =>
  listed([
    sql.fragment`${textArray(members.map(({ channelId }) => channelId))}::text[]`,
    sql.fragment`${textArray(members.map(({ member }) => member.userId))}::text[]`,
    ...NUMBERS.map(
      (field) => sql.fragment`${bigintArray(members.map(({ member }) => member[field]))}::bigint[]`,
    ),
  ]);
