/**
 * The processor's `DecisionStore` on Postgres. Rejects only with a `Failure`. A batch is one transaction of about ten statements, whatever
 * its size.
 *
 * Measured on two cores shared with the server, with batches of 500 commands with 5 orders, 2,000 channels, and two bodies of 1 KB for each
 * command: 6,000 commands a second in one partition, 11,000 in six. The server spends a third of a batch's time on members, and a third on
 * decisions and bodies.
 */
import { Failure } from '../processor/failure.ts';
import type { BatchRange, Claim, DecisionStore } from '../processor/ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { Lease } from '../processor/ports/lease.ts';
import { batchState, type BatchRows } from './batch/batch-state.ts';
import { createLedgers } from './batch/create-ledgers.ts';
import { lockLedgers, type LockedLedger } from './batch/lock-ledgers.ts';
import { readClosedRuns } from './batch/read-closed-runs.ts';
import { readKnownCommands } from './batch/read-known-commands.ts';
import { readMembers } from './batch/read-members.ts';
import { readPolicies } from './batch/read-policies.ts';
import { readStored } from './batch/read-stored.ts';
import { writeBatch } from './batch/write-batch.ts';
import { during } from './failures.ts';
import { advanceLease } from './lease/advance-lease.ts';
import type { LeaseScope } from './lease/lease-scope.ts';
import { recordAlarm } from './lease/record-alarm.ts';
import { recordCut } from './lease/record-cut.ts';
import { recordEmitted } from './lease/record-emitted.ts';
import { takeLease } from './lease/take-lease.ts';
import type { Database, Transaction } from './pool.ts';
import { readSkipped } from './skipped-records.ts';

export type DecisionStoreDeps = {
  readonly pool: Database;
  readonly groupId: string;
  /** The input topic, with its prefix. */
  readonly topic: string;
  /** The fingerprint of the schema that writes the bodies of this type. Stored with each decision. */
  readonly fingerprint: (type: EventType) => Buffer;
};

export const createDecisionStore = (deps: DecisionStoreDeps): DecisionStore => {
  const { pool, groupId, topic, fingerprint } = deps;
  const scopeOf = ({ clusterId }: Lease): LeaseScope => ({ clusterId, topic });
  const inPartition = ({ partition }: Pick<Lease, 'partition'>): string => `${topic}/${String(partition)}`;

  return {
    takeLease: (partition, holder, generation, log) =>
      during(`taking the lease of ${inPartition({ partition })}`, () =>
        takeLease(pool, topic, { partition, holder, groupId, generation, log }),
      ),

    closeRuns: (lease, range, claims, decide) =>
      during(`storing decisions of ${inPartition(lease)} at ${String(range.first)}`, async () => {
        const scope = scopeOf(lease);
        const channelIds = [...new Set(claims.map((claim) => claim.channelId))];
        const attempt = () =>
          pool.transaction(async (transaction) => {
            const ledgers = await lockAll(transaction, channelIds);
            if (ledgers === undefined) return undefined;
            const rows = await readBatch(transaction, scope, lease, range, claims, ledgers);
            const writes = decide(batchState(rows));
            await writeBatch(transaction, rows, writes, fingerprint);
            await advanceLease(transaction, scope, lease, range);
            return { writes };
          });

        const stored = (await attempt()) ?? (await createLedgers(pool, channelIds).then(attempt));
        if (stored === undefined) throw replaced(inPartition(lease));
        return stored.writes;
      }),

    recordEmitted: (lease, emittedThrough) =>
      during(`recording how far the events of ${inPartition(lease)} are emitted`, () =>
        recordEmitted(pool, scopeOf(lease), lease, emittedThrough),
      ),

    recordCut: (lease) =>
      during(`recording that the log of ${inPartition(lease)} lost its last records`, () =>
        recordCut(pool, scopeOf(lease), lease),
      ),

    recordAlarm: (lease, alarm) =>
      during(`recording the alarm of ${inPartition(lease)}`, () =>
        recordAlarm(pool, scopeOf(lease), lease, alarm),
      ),

    skippedRecords: (lease) =>
      during(`reading the skipped records of ${inPartition(lease)}`, () =>
        readSkipped(pool, scopeOf(lease), lease.partition),
      ),
  };
};

/** A rebuild was swapped in after the ledgers were created, and before the second attempt. */
const replaced = (where: string): Failure =>
  new Failure(
    'transient',
    'LEDGERS_REPLACED',
    `the ledgers of ${where} were replaced while some were created`,
    {
      scope: 'local',
    },
  );

/** Locks the ledgers of all these channels. Returns undefined if some of them do not exist yet. */
const lockAll = async (
  transaction: Transaction,
  channelIds: readonly string[],
): Promise<ReadonlyMap<string, LockedLedger> | undefined> => {
  if (channelIds.length === 0) return new Map();
  const ledgers = await lockLedgers(transaction, channelIds);
  return ledgers.size === channelIds.length ? ledgers : undefined;
};

/** Runs under the ledgers' locks, so each statement sees everything that the previous holders of the locks have committed. */
const readBatch = async (
  transaction: Transaction,
  scope: LeaseScope,
  lease: Lease,
  range: BatchRange,
  claims: readonly Claim[],
  ledgers: ReadonlyMap<string, LockedLedger>,
): Promise<BatchRows> => {
  const stored = await readStored(transaction, scope, lease, range);
  if (claims.length === 0) {
    return { stored, ledgers, policies: new Map(), known: [], closedRuns: [], members: new Map() };
  }
  const versions = [...ledgers].map(([channelId, { policyVersion }]) => [channelId, policyVersion] as const);
  return {
    stored,
    ledgers,
    policies: await readPolicies(
      transaction,
      versions.filter(([, version]) => version > 0),
    ),
    known: await readKnownCommands(transaction, scope, claims),
    closedRuns: await readClosedRuns(transaction, claims),
    members: await readMembers(transaction, usersByChannel(claims)),
  };
};

const usersByChannel = (claims: readonly Claim[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const users = new Map<string, Set<string>>();
  for (const { channelId, userIds } of claims) {
    const ofChannel = users.get(channelId) ?? new Set();
    users.set(channelId, ofChannel);
    for (const userId of userIds) ofChannel.add(userId);
  }
  return users;
};
