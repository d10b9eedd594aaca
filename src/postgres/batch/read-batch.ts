import { sql } from 'slonik';
import { z } from 'zod';
import type { BatchRange, Claim } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import { leaseLost } from '../lease/lease-lost.ts';
import { standingAt, type LeaseScope } from '../lease/lease-scope.ts';
import type { Transaction } from '../pool.ts';
import type { BatchRows } from './batch-state.ts';
import { jsonRows } from './json-rows.ts';
import { closedRunRow, closedRuns } from './read-closed-runs.ts';
import { knownCommandRow, knownCommands } from './read-known-commands.ts';
import { ledgerColumns, ledgersOf, policies, type LedgerColumns } from './read-ledgers.ts';
import { memberColumns, membersOf, participantsOf, type MemberColumns } from './read-members.ts';
import { readBodies, storedDecisions, storedRow } from './read-stored.ts';

/** A batch, and the lease under which it is decided. */
export type OwnedBatch = {
  readonly scope: LeaseScope;
  readonly lease: Lease;
  readonly range: BatchRange;
};

export type BatchRequest = OwnedBatch & {
  readonly claims: readonly Claim[];
  /** The channels of the claims, whose ledgers are locked. */
  readonly channelIds: readonly string[];
};

/**
 * Reads everything that the batch needs in one statement, under the locks of its ledgers. Only a record that comes again costs a second
 * statement, for its bodies.
 *
 * A fenced failure if the lease is lost, or if the store has lost decisions from before the batch: without them, the batch would be decided
 * differently from the events that were emitted.
 */
export const readBatch = async (
  transaction: Transaction,
  { scope, lease, range, claims, channelIds }: BatchRequest,
): Promise<BatchRows> => {
  const participants = participantsOf(claims);
  const row = await transaction.maybeOne(sql.type(batchRow)`
    SELECT l.source_id, ledger.*, member.*,
      ${jsonRows(storedDecisions(range))} AS stored,
      ${jsonRows(knownCommands(scope, claims))} AS known,
      ${jsonRows(closedRuns(claims))} AS closed_runs
    FROM partition_lease l,
      (${ledgerColumns(channelIds)}) AS ledger,
      (${memberColumns(participants)}) AS member
    WHERE ${standingAt(scope, lease, range)}`);
  if (row === null) throw await leaseLost(transaction, scope, lease);
  return {
    sourceId: row.source_id,
    stored: row.stored,
    bodies: await readBodies(transaction, scope, lease, row.stored),
    known: row.known,
    closedRuns: row.closed_runs,
    ledgers: ledgersOf(row),
    members: membersOf(participants, row),
  };
};

/** The long lists of numbers and texts are passed through unchecked: checking them would take longer than reading them. */
const batchRow = z
  .object({
    source_id: z.number(),
    stored: z.array(storedRow),
    known: z.array(knownCommandRow),
    closed_runs: z.array(closedRunRow),
    policies,
  })
  .passthrough()
  .transform((row) => row as typeof row & LedgerColumns & MemberColumns);
