import { randomUUID } from 'node:crypto';
import { createDecisionStore } from '../../../src/postgres/decision-store.ts';
import type { Database } from '../../../src/postgres/pool.ts';
import { FINGERPRINT_BYTES } from '../../../src/processor/fingerprint-bytes.ts';
import type {
  BatchState,
  BatchWrites,
  ChangedLedger,
  Claim,
  DecisionStore,
  NewDecision,
} from '../../../src/processor/ports/decision-store.ts';
import type { EventType } from '../../../src/wire/event-types.ts';
import type { Lease } from '../../../src/processor/ports/lease.ts';
import type { LogIdentity } from '../../../src/processor/ports/input-log.ts';

export const TOPIC = 'run.close.requested';

/** As long as the fingerprint of a schema. */
export const fingerprintOf = (type: EventType): Buffer =>
  Buffer.from(type.slice('run.'.length).padEnd(FINGERPRINT_BYTES).slice(0, FINGERPRINT_BYTES));

/** The topics that a lease is taken for by default. */
export const A_LOG: LogIdentity = { clusterId: 'here', inputId: 'input', outputsId: 'outputs' };

/** A store, of group `runclose` by default. */
export const aStore = (pool: Database, { groupId = 'runclose' } = {}): DecisionStore =>
  createDecisionStore({
    pool,
    groupId,
    topic: TOPIC,
    fingerprint: fingerprintOf,
  });

export const takeLease = async (
  store: DecisionStore,
  partition = 0,
  generation = 1,
  log = A_LOG,
): Promise<Lease> => {
  const grant = await store.takeLease({ partition, holder: randomUUID(), generation, log });
  if (grant.kind !== 'granted') throw new Error(grant.kind);
  return grant.lease;
};

export const aClaim = (claim: Partial<Claim> & Pick<Claim, 'offset'>): Claim => ({
  channelId: 'C1',
  commandId: `command-${claim.offset}`,
  runId: `run-${claim.offset}`,
  userIds: ['U1', 'U2', 'U3'],
  ...claim,
});

/** Stores a batch of claims that follow each other, and returns what was written. */
export const closeAll = (
  store: DecisionStore,
  lease: Lease,
  claims: readonly Claim[],
  decide = closeEach(claims),
  storedBefore: number | null = null,
): Promise<BatchWrites> => {
  const offsets = claims.map((claim) => claim.offset);
  return store.closeRuns(
    lease,
    { first: Math.min(...offsets), end: Math.max(...offsets) + 1, storedBefore },
    claims,
    decide,
  );
};

/** Closes each run for its first user; a command that is known is a duplicate. Stands in for the processor. */
export const closeEach =
  (claims: readonly Claim[]) =>
  (state: BatchState): BatchWrites => {
    const ledgers = new Map<string, ChangedLedger>();
    const decisions: NewDecision[] = [];
    const duplicates = [];
    for (const claim of claims) {
      const { channelId, commandId, offset } = claim;
      if (state.emitted(offset) !== undefined) continue;
      if (state.decision({ channelId, commandId }) !== undefined) {
        duplicates.push({ channelId, commandId, offset });
        continue;
      }
      const before = ledgers.get(channelId) ?? unchanged(channelId, state);
      const after = runClosed(before, claim, state);
      ledgers.set(channelId, after);
      decisions.push(closing(claim, after, state.channel(channelId).policy.version));
    }
    return { decisions, duplicates, ledgers: [...ledgers.values()] };
  };

const unchanged = (channelId: string, state: BatchState): ChangedLedger => {
  const { ledger, revision } = state.channel(channelId);
  return { channelId, head: ledger.head, revision, members: [] };
};

const runClosed = (before: ChangedLedger, claim: Claim, state: BatchState): ChangedLedger => {
  const sequence = before.head.sequence + 1;
  const runnerUserId = claim.userIds[0] ?? 'nobody';
  const stored = state.channel(claim.channelId).ledger.members;
  const members = new Map(before.members.map((member) => [member.userId, member]));
  for (const userId of claim.userIds) {
    const member = members.get(userId) ?? stored.get(userId);
    const served = userId === runnerUserId;
    members.set(userId, {
      userId,
      balance: (member?.balance ?? 0) + (served ? claim.userIds.length - 1 : -1),
      served: (member?.served ?? 0) + (served ? 1 : 0),
      attended: (member?.attended ?? 0) + 1,
      lastServedSequence: served ? sequence : (member?.lastServedSequence ?? null),
      lastSeenSequence: sequence,
    });
  }
  return {
    channelId: claim.channelId,
    head: {
      sequence,
      previousRunner: runnerUserId,
      ring: [...before.head.ring.slice(-63), runnerUserId],
    },
    revision: before.revision + 1,
    members: [...members.values()],
  };
};

const closing = (claim: Claim, after: ChangedLedger, policyVersion: number): NewDecision => ({
  channelId: claim.channelId,
  commandId: claim.commandId,
  runId: claim.runId,
  offset: claim.offset,
  contentHash: Buffer.from(`content of ${claim.commandId}`),
  outcome: 'closed',
  reason: 'LOWEST',
  sequence: after.head.sequence,
  runnerUserId: after.head.previousRunner,
  policyVersion,
  revision: after.revision,
  bodies: {
    'run.closed': Buffer.from(`closed ${claim.runId}`),
    'run.summary': Buffer.from(`summary ${claim.runId}`),
  },
});

/** Refuses each command. */
export const rejectEach =
  (claims: readonly Claim[]) =>
  (state: BatchState): BatchWrites => ({
    decisions: claims.map((claim, index) => ({
      ...claim,
      contentHash: Buffer.from(`content of ${claim.commandId}`),
      outcome: 'rejected',
      reason: 'UNAUTHORIZED',
      sequence: null,
      runnerUserId: null,
      policyVersion: state.channel(claim.channelId).policy.version,
      revision: state.channel(claim.channelId).revision + index + 1,
      bodies: { 'run.close.rejected': Buffer.from(`rejected ${claim.runId}`) },
    })),
    duplicates: [],
    ledgers: [...new Set(claims.map((claim) => claim.channelId))].map((channelId) => ({
      ...unchanged(channelId, state),
      revision: state.channel(channelId).revision + claims.length,
    })),
  });

/** What a promise rejects with; fails if it does not. */
export const failureFrom = async (
  work: Promise<unknown>,
): Promise<{ kind: string; code: string; message: string }> => {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('nothing failed');
  return outcome as Error & { kind: string; code: string };
};
