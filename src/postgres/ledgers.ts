import { sql } from 'slonik';
import { z } from 'zod';
import { EMPTY_HEAD, type Ledger } from '../domain/ledger.ts';
import { withPostgresFailure } from './failures.ts';
import { headOf, headRow, memberOf, memberRow } from './ledger-rows.ts';
import type { Database } from './pool.ts';

export type ChannelLedger = { readonly ledger: Ledger; readonly revision: number };

/** A channel's whole ledger, with everybody who ever took part. Empty if nothing was ever decided in the channel. */
export const readLedger = (pool: Database, channelId: string): Promise<ChannelLedger> =>
  withPostgresFailure(`reading the ledger of channel ${channelId}`, async () => {
    // One statement reads one snapshot, so the balances sum to 0.
    const rows = await pool.any(sql.type(ledgerRow)`
      SELECT l.sequence, l.revision, l.previous_runner, l.ring,
        m.user_id, m.balance, m.served, m.attended, m.last_served_sequence, m.last_seen_sequence
      FROM channel_ledger l LEFT JOIN channel_member m USING (channel_id)
      WHERE l.channel_id = ${channelId}
      ORDER BY m.user_id`);
    const head = rows[0];
    if (head === undefined) return { ledger: { head: EMPTY_HEAD, members: new Map() }, revision: 0 };
    return {
      ledger: {
        head: headOf(head),
        members: new Map(rows.flatMap((row) => (row.user_id === null ? [] : [[row.user_id, memberOf(row)]]))),
      },
      revision: head.revision,
    };
  });

/** A ledger without members has one row, whose member is null: policies alone make a ledger. */
const ledgerRow = z.union([headRow.merge(memberRow), headRow.extend({ user_id: z.null() })]);
