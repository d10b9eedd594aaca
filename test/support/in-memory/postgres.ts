/**
 * The decision store as far as the processor can tell. A state is a value, and each statement returns the next state, so that a simulation
 * can lose commits and try another step. If the store refuses a statement, the function throws a `Failure`.
 */
import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../../src/domain/channel-policy.ts';
import { EMPTY_HEAD, type LedgerHead, type Member } from '../../../src/domain/ledger.ts';
import type { RecordedAlarm } from '../../../src/processor/alarm.ts';
import { Failure } from '../../../src/processor/failure.ts';
import type {
  BatchRange,
  BatchState,
  BatchWrites,
  NewDecision,
  SeenAgain,
} from '../../../src/processor/ports/decision-store.ts';
import type { Applicant, Lease, LeaseGrant } from '../../../src/processor/ports/lease.ts';

export type Channel = {
  readonly head: LedgerHead;
  readonly revision: number;
  readonly members: ReadonlyMap<string, Member>;
};

/** `source`: the `source` of the lease's row when the decision was stored; its position counts only under this number. */
export type DecisionRow = NewDecision & { readonly partition: number; readonly source: number };

export type LeaseRow = {
  readonly epoch: number;
  readonly holder: string;
  readonly generation: number;
  readonly nextOffset: number | null;
  readonly skippedBefore: number;
  readonly isCutShort: boolean;
  /** Everything below this offset was emitted, as recorded with the last batch or when the lease was last released. */
  readonly emittedThrough: number | null;
  /** The id of the topics to which the offsets belong. */
  readonly topicsId: string | null;
  /** Decisions from here on were stored while `topicsId` was known; null: none was. */
  readonly inputKnownFrom?: number | null;
  readonly alarm?: RecordedAlarm;
  /** Changes with each log that was adopted. */
  readonly source: number;
  /** The holder may still be working: it has used the lease within the last 30 seconds, and has not released it. */
  readonly inUse: boolean;
};

/** The rows that decisions have written. */
export type Stored = {
  readonly decisions: readonly DecisionRow[];
  readonly duplicates: readonly SeenAgain[];
  readonly channels: ReadonlyMap<string, Channel>;
};

export type Postgres = { readonly stored: Stored; readonly leases: ReadonlyMap<number, LeaseRow> };

export const AN_EMPTY_POSTGRES: Postgres = {
  stored: { decisions: [], duplicates: [], channels: new Map() },
  leases: new Map(),
};

export const withLease = (postgres: Postgres, partition: number, row: LeaseRow): Postgres => ({
  ...postgres,
  leases: new Map([...postgres.leases, [partition, row]]),
});

/** While a newer generation works, refuses the lease and fences nobody (reconcile, R1). */
export const takeLease = (
  postgres: Postgres,
  { partition, holder, generation, log: { clusterId, inputId } }: Applicant,
): { readonly postgres: Postgres; readonly grant: LeaseGrant } => {
  const before = postgres.leases.get(partition);
  if (before?.inUse === true && before.generation > generation) {
    return { postgres, grant: { kind: 'refused', generation: before.generation } };
  }
  const {
    nextOffset = null,
    skippedBefore = 0,
    isCutShort = false,
    emittedThrough = null,
    source = 0,
  } = before ?? {};
  const topicsId = before?.topicsId ?? inputId;
  if (topicsId !== inputId && topicsId !== null && inputId !== null)
    return { postgres, grant: { kind: 'other-log', differs: 'input', known: topicsId } };
  const epoch = (before?.epoch ?? 0) + 1;
  const known = before?.inputKnownFrom ?? null;
  const inputKnownFrom = inputId === null ? known : (known ?? nextOffset ?? 0);
  return {
    postgres: withLease(postgres, partition, {
      ...before,
      inputKnownFrom,
      epoch,
      holder,
      generation,
      nextOffset,
      skippedBefore,
      isCutShort,
      emittedThrough,
      topicsId,
      source,
      inUse: true,
    }),
    grant: {
      kind: 'granted',
      lease: { clusterId, partition, epoch, holder },
      nextOffset,
      emittedThrough,
      skippedBefore,
      isCutShort,
      isNewLog: source > 0 && nextOffset === null,
      inputKnownFrom: inputId === null ? null : inputKnownFrom,
    },
  };
};

/** Does the same as `adopt-topics`: from now on, the partition's positions belong to another log. */
export const adopt = (postgres: Postgres, partition: number): Postgres => {
  const row = postgres.leases.get(partition);
  return row === undefined
    ? postgres
    : withLease(postgres, partition, {
        ...row,
        epoch: row.epoch + 1,
        holder: 'nobody',
        nextOffset: null,
        skippedBefore: 0,
        isCutShort: false,
        emittedThrough: null,
        topicsId: null,
        inputKnownFrom: null,
        source: row.source + 1,
        inUse: false,
      });
};

export type Policies = ReadonlyMap<string, ChannelPolicy>;

/** The state on which a batch is decided. */
export const read = (postgres: Postgres, lease: Lease, range: BatchRange, policies: Policies): BatchState => {
  const { source } = requireLease(postgres, lease, range);
  const { decisions, channels } = postgres.stored;
  const { partition } = lease;
  const at = (offset: number) =>
    decisions.find(
      (each) => each.partition === partition && each.source === source && each.offset === offset,
    );
  const find = (channelId: string, matches: (decision: DecisionRow) => boolean) =>
    decisions.find((decision) => decision.channelId === channelId && matches(decision));
  return {
    emitted: (offset) => at(offset)?.bodies,
    writtenWith: (offset) => at(offset)?.writtenWith ?? {},
    commandAt: at,
    decision: ({ channelId, commandId }) => {
      const decision = find(channelId, (each) => each.commandId === commandId);
      return (
        decision && (decision.source === source ? decision : { ...decision, partition: null, offset: null })
      );
    },
    closedBy: ({ channelId, runId }) => {
      const close = find(channelId, (each) => each.runId === runId && each.outcome === 'closed');
      return close && { commandId: close.commandId, runnerUserId: close.runnerUserId ?? '' };
    },
    channel: (channelId) => {
      const { head, members, revision } = channels.get(channelId) ?? EMPTY_CHANNEL;
      return {
        ledger: { head, members },
        policy: policies.get(channelId) ?? DEFAULT_CHANNEL_POLICY,
        revision,
      };
    },
  };
};

const EMPTY_CHANNEL: Channel = { head: EMPTY_HEAD, revision: 0, members: new Map() };

/** Writes the decisions and advances the lease, or does nothing (fence Postgres too, R2). */
export const write = (postgres: Postgres, lease: Lease, range: BatchRange, writes: BatchWrites): Postgres => {
  const row = requireLease(postgres, lease, range);
  const nextOffset = Math.max(row.nextOffset ?? 0, range.end);
  return {
    stored: storing(postgres.stored, lease.partition, row.source, writes),
    leases: withLease(postgres, lease.partition, {
      ...row,
      nextOffset,
      emittedThrough: Math.max(row.emittedThrough ?? 0, range.first),
      inUse: true,
    }).leases,
  };
};

/** The lease's row. Throws if the lease is lost, or if the store's next offset is before the batch's first one. */
const requireLease = (postgres: Postgres, lease: Lease, { first, storedBefore }: BatchRange): LeaseRow => {
  const row = holding(postgres, lease);
  const standsAt = row?.nextOffset ?? (storedBefore === null ? first : 0);
  if (row === undefined || Math.max(standsAt, row.skippedBefore) < first) {
    const message = `this process lost the lease (epoch ${String(lease.epoch)}, holder ${lease.holder})`;
    throw new Failure('fenced', 'LEASE_LOST', message);
  }
  return row;
};

const storing = (
  { decisions, duplicates, channels }: Stored,
  partition: number,
  source: number,
  writes: BatchWrites,
): Stored => {
  const changed = new Map(channels);
  for (const { channelId, head, revision, members } of writes.ledgers) {
    const all = new Map(channels.get(channelId)?.members);
    for (const member of members) all.set(member.userId, member);
    changed.set(channelId, { head, revision, members: all });
  }
  const added = writes.decisions.map((each) => ({ ...each, partition, source }));
  for (const { channelId, commandId } of added) {
    if (decisions.some((each) => each.channelId === channelId && each.commandId === commandId)) {
      throw new Failure('fatal', 'POSTGRES_23505', `command ${commandId} of ${channelId} is decided already`);
    }
  }
  return {
    decisions: [...decisions, ...added],
    duplicates: [...duplicates, ...writes.duplicates],
    channels: changed,
  };
};

/** Releases the lease. Does nothing if the lease is no longer held. */
export const release = (postgres: Postgres, lease: Lease, emittedThrough: number): Postgres => {
  const row = holding(postgres, lease);
  return row === undefined
    ? postgres
    : withLease(postgres, lease.partition, {
        ...row,
        emittedThrough: Math.max(row.emittedThrough ?? 0, emittedThrough),
        inUse: false,
      });
};

/** Records that the log ends before the stored offsets. */
export const cutShort = (postgres: Postgres, lease: Lease): Postgres => {
  const row = holding(postgres, lease);
  return row === undefined ? postgres : withLease(postgres, lease.partition, { ...row, isCutShort: true });
};

export const recordAlarm = (postgres: Postgres, lease: Lease, alarm: RecordedAlarm): Postgres => {
  const row = holding(postgres, lease);
  return row === undefined ? postgres : withLease(postgres, lease.partition, { ...row, alarm });
};

const holding = ({ leases }: Postgres, { partition, epoch, holder }: Lease): LeaseRow | undefined => {
  const row = leases.get(partition);
  return row?.epoch === epoch && row.holder === holder ? row : undefined;
};
