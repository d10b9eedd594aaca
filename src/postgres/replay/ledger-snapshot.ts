import { sql } from 'slonik';
import { z } from 'zod';
import type { Member } from '../../domain/ledger.ts';
import type { FoldedLedger } from '../../replay/channel-ledgers.ts';
import type { LedgerSnapshot } from '../../replay/ports.ts';
import { textArray } from '../binary-arrays.ts';
import { withPostgresFailure } from '../failures.ts';
import { headOf, headRow, memberOf, memberRow } from '../ledger-rows.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database, Transaction } from '../pool.ts';

const PAGE = 500;

/** The ledgers of all channels at one moment, sorted by channel id. One transaction reads a single snapshot of the database. */
export const readLedgerSnapshot = (
  pool: Database,
  { clusterId, topic }: LeaseScope,
): Promise<LedgerSnapshot> =>
  withPostgresFailure(`taking a snapshot of the ledgers of ${topic}`, () =>
    pool.transaction(async (transaction) => {
      await transaction.query(sql.unsafe`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`);
      // Lock before reading: a swap in between would combine the positions of the old tables with the ledgers of the rebuilt ones.
      await transaction.query(sql.unsafe`LOCK TABLE channel_ledger, channel_member IN ACCESS SHARE MODE`);
      await transaction.query(sql.unsafe`
        SELECT set_config('transaction_timeout', '0', true)
        WHERE current_setting('server_version_num')::int >= 170000`);
      const leases = await transaction.any(sql.type(leaseRow)`
        SELECT partition, coalesce(next_offset, given_up_before) AS next_offset FROM partition_lease
        WHERE cluster_id = ${clusterId} AND topic = ${topic} ORDER BY partition`);
      const ledgers: FoldedLedger[] = [];
      for (let page: readonly FoldedLedger[]; ; ledgers.push(...page)) {
        page = await readPage(transaction, ledgers.at(-1)?.channelId ?? '');
        if (page.length === 0) break;
      }
      return { positions: new Map(leases.map((lease) => [lease.partition, lease.next_offset])), ledgers };
    }),
  );

const readPage = async (transaction: Transaction, after: string): Promise<readonly FoldedLedger[]> => {
  const heads = await transaction.any(sql.type(headOfChannel)`
    SELECT channel_id, sequence, revision, policy_version, previous_runner, ring FROM channel_ledger
    WHERE channel_id > ${after} ORDER BY channel_id LIMIT ${PAGE}`);
  const members = await transaction.any(sql.type(memberOfChannel)`
    SELECT m.* FROM unnest(${textArray(heads.map((head) => head.channel_id))}::text[]) AS c (channel_id)
    JOIN channel_member m USING (channel_id)`);
  const ofChannel = new Map(heads.map((head) => [head.channel_id, new Map<string, Member>()]));
  for (const row of members) ofChannel.get(row.channel_id)?.set(row.user_id, memberOf(row));
  return heads.map((head) => ({
    channelId: head.channel_id,
    head: headOf(head),
    members: ofChannel.get(head.channel_id) ?? new Map(),
    revision: head.revision,
    policyVersion: head.policy_version,
  }));
};

const leaseRow = z.object({ partition: z.number(), next_offset: z.number() });

const headOfChannel = headRow.extend({ channel_id: z.string(), policy_version: z.number() });

const memberOfChannel = memberRow.extend({ channel_id: z.string() });
