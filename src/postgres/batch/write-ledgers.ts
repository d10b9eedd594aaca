import { sql, type FragmentSqlToken } from 'slonik';
import type { ChangedLedger } from '../../processor/ports/decision-store.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';
import { ringToText } from '../ring.ts';

/** The rows must exist, and this transaction must have locked them. */
export const updateLedgers = (ledgers: readonly ChangedLedger[]): FragmentSqlToken => sql.fragment`
    UPDATE channel_ledger l
    SET sequence = c.sequence, revision = c.revision, previous_runner = c.previous_runner, ring = c.ring
    FROM unnest(
      ${textArray(ledgers.map((ledger) => ledger.channelId))}::text[],
      ${bigintArray(ledgers.map((ledger) => ledger.head.sequence))}::bigint[],
      ${bigintArray(ledgers.map((ledger) => ledger.revision))}::bigint[],
      ${textArray(ledgers.map((ledger) => ledger.head.previousRunner))}::text[],
      ${textArray(ledgers.map((ledger) => ringToText(ledger.head.ring)))}::text[]
    ) AS c (channel_id, sequence, revision, previous_runner, ring)
    WHERE l.channel_id = c.channel_id`;
