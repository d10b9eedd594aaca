import { z } from 'zod';
import type { LedgerHead, Member } from '../domain/ledger.ts';
import { ringFromText } from './ring.ts';

/** The columns of `channel_ledger` that make the head of a ledger. */
export const headRow = z.object({
  sequence: z.number(),
  revision: z.number(),
  previous_runner: z.string().nullable(),
  ring: z.string(),
});

export const headOf = ({
  sequence,
  previous_runner: previousRunner,
  ring,
}: z.infer<typeof headRow>): LedgerHead => ({ sequence, previousRunner, ring: ringFromText(ring) });

/** The columns of `channel_member`, without the channel. */
export const memberRow = z.object({
  user_id: z.string(),
  balance: z.number(),
  served: z.number(),
  attended: z.number(),
  last_served_sequence: z.number().nullable(),
  last_seen_sequence: z.number().nullable(),
});

export const memberOf = (row: z.infer<typeof memberRow>): Member => ({
  userId: row.user_id,
  balance: row.balance,
  served: row.served,
  attended: row.attended,
  lastServedSequence: row.last_served_sequence,
  lastSeenSequence: row.last_seen_sequence,
});
