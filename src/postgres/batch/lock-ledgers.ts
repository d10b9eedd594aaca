import { sql } from 'slonik';
import type { LedgerHead } from '../../domain/ledger.ts';
import { textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';
import { ringFromText } from '../ring.ts';

export type LockedLedger = {
  readonly head: LedgerHead;
  readonly revision: number;
  readonly policyVersion: number;
};

/** Locks the ledgers in key order, so that two batches cannot deadlock. Leaves out channels that have no ledger yet. */
export const lockLedgers = async (
  transaction: Transaction,
  channelIds: readonly string[],
): Promise<ReadonlyMap<string, LockedLedger>> => {
  const rows = await transaction.any(sql.unsafe`
    SELECT channel_id, sequence, revision, policy_version, previous_runner, ring
    FROM channel_ledger
    WHERE channel_id = ANY(${textArray(channelIds)}::text[])
    ORDER BY channel_id
    FOR NO KEY UPDATE`);
  return new Map((rows as readonly Row[]).map((row) => [row.channel_id, lockedLedger(row)]));
};

type Row = {
  readonly channel_id: string;
  readonly sequence: number;
  readonly revision: number;
  readonly policy_version: number;
  readonly previous_runner: string | null;
  readonly ring: string;
};

const lockedLedger = ({ sequence, revision, policy_version, previous_runner, ring }: Row): LockedLedger => ({
  head: { sequence, previousRunner: previous_runner, ring: ringFromText(ring) },
  revision,
  policyVersion: policy_version,
});
