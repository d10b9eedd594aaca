import { sql } from 'slonik';
import { z } from 'zod';
import { EMPTY_HEAD, type Ledger } from '../domain/ledger.ts';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';
import { ringFromText } from './ring.ts';

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
        head: {
          sequence: head.sequence,
          previousRunner: head.previous_runner,
          ring: ringFromText(head.ring),
        },
        members: new Map(rows.filter(isMember).map((row) => [row.user_id, memberOf(row)])),
      },
      revision: head.revision,
    };
  });

const ledgerRow = z.object({
  sequence: z.number(),
  revision: z.number(),
  previous_runner: z.string().nullable(),
  ring: z.string(),
  user_id: z.string().nullable(),
  balance: z.number().nullable(),
  served: z.number().nullable(),
  attended: z.number().nullable(),
  last_served_sequence: z.number().nullable(),
  last_seen_sequence: z.number().nullable(),
});

type LedgerRow = z.infer<typeof ledgerRow>;
type MemberRow = LedgerRow & { user_id: string; balance: number; served: number; attended: number };

const isMember = (row: LedgerRow): row is MemberRow => row.user_id !== null;

const memberOf = (row: MemberRow) => ({
  userId: row.user_id,
  balance: row.balance,
  served: row.served,
  attended: row.attended,
  lastServedSequence: row.last_served_sequence,
  lastSeenSequence: row.last_seen_sequence,
});
