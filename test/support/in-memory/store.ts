import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../../src/domain/channel-policy.ts';
import { EMPTY_HEAD, type LedgerHead, type Member } from '../../../src/domain/ledger.ts';
import { Failure, failureOf } from '../../../src/processor/failure.ts';
import type {
  BatchState,
  DecisionStore,
  Lease,
  NewDecision,
  SeenAgain,
} from '../../../src/processor/ports.ts';

type Channel = { head: LedgerHead; revision: number; members: Map<string, Member> };
type LeaseRow = { epoch: number; holder: string; generation: number; nextOffset: number | null };

/** Everything that the database holds; a test copies it to restore an older state. */
export type StoredState = {
  decisions: (NewDecision & { readonly partition: number })[];
  duplicates: SeenAgain[];
  channels: Map<string, Channel>;
  leases: Map<number, LeaseRow>;
};

export type InMemoryStore = DecisionStore & {
  state: StoredState;
  readonly policies: Map<string, ChannelPolicy>;
  /** What each release recorded. */
  readonly emittedThrough: number[];
  /** The next transaction fails: before its commit, or after it, with the answer lost. */
  failNextTransaction(when: 'before the commit' | 'after the commit'): void;
};

export const createInMemoryStore = (): InMemoryStore => {
  let failNext: 'before the commit' | 'after the commit' | null = null;
  const lost = (when: string) => new Failure('transient', 'POSTGRES_UNAVAILABLE', `connection lost ${when}`);

  const holds = (lease: Lease): LeaseRow | undefined => {
    const row = store.state.leases.get(lease.partition);
    return row?.epoch === lease.epoch && row.holder === lease.holder ? row : undefined;
  };

  const readState = (partition: number): BatchState => {
    const { decisions, channels } = copyOf(store.state);
    const find = (channelId: string, matches: (decision: NewDecision) => boolean) =>
      decisions.find((decision) => decision.channelId === channelId && matches(decision));
    return {
      emitted: (offset) =>
        decisions.find((each) => each.partition === partition && each.offset === offset)?.bodies,
      decision: (channelId, commandId) => find(channelId, (each) => each.commandId === commandId),
      closedBy: (channelId, runId) =>
        find(channelId, (each) => each.runId === runId && each.outcome === 'closed')?.commandId,
      channel: (channelId) => {
        const { head, members, revision } = channels.get(channelId) ?? {
          head: EMPTY_HEAD,
          revision: 0,
          members: new Map(),
        };
        const policy = store.policies.get(channelId) ?? DEFAULT_CHANNEL_POLICY;
        return { ledger: { head, members }, policy, revision };
      },
    };
  };

  const store: InMemoryStore = {
    state: { decisions: [], duplicates: [], channels: new Map(), leases: new Map() },
    policies: new Map(),
    emittedThrough: [],
    failNextTransaction: (when) => {
      failNext = when;
    },
    takeLease: (partition, holder, generation) => {
      const before = store.state.leases.get(partition);
      if (before !== undefined && before.generation > generation) {
        return Promise.resolve({ kind: 'refused', generation: before.generation });
      }
      const epoch = (before?.epoch ?? 0) + 1;
      const nextOffset = before?.nextOffset ?? null;
      store.state.leases.set(partition, { epoch, holder, generation, nextOffset });
      return Promise.resolve({
        kind: 'granted',
        lease: { partition, epoch, holder },
        nextOffset,
        givenUpBefore: 0,
      });
    },
    closeRuns: (lease, { first, end }, _claims, decide) => {
      const fails = failNext;
      failNext = null;
      if (fails === 'before the commit') return Promise.reject(lost(fails));
      try {
        const writes = decide(readState(lease.partition));
        const row = holds(lease);
        if (row === undefined || (row.nextOffset !== null && row.nextOffset < first)) {
          return Promise.reject(
            new Failure('fenced', 'LEASE_LOST', `no lease of epoch ${String(lease.epoch)}`),
          );
        }
        row.nextOffset = Math.max(row.nextOffset ?? 0, end);
        store.state.decisions.push(
          ...writes.decisions.map((each) => ({ ...each, partition: lease.partition })),
        );
        store.state.duplicates.push(...writes.duplicates);
        for (const { channelId, head, revision, members } of writes.ledgers) {
          const all = store.state.channels.get(channelId)?.members ?? new Map<string, Member>();
          for (const member of members) all.set(member.userId, member);
          store.state.channels.set(channelId, { head, revision, members: all });
        }
        return fails === null ? Promise.resolve(writes) : Promise.reject(lost(fails));
      } catch (thrown) {
        return Promise.reject(failureOf(thrown));
      }
    },
    recordEmitted: (lease, offset) => {
      if (holds(lease) !== undefined) store.emittedThrough.push(offset);
      return Promise.resolve();
    },
  };
  return store;
};

/** A copy to restore later. */
export const copyOf = (state: StoredState): StoredState => ({
  decisions: [...state.decisions],
  duplicates: [...state.duplicates],
  channels: new Map(
    [...state.channels].map(([id, channel]) => [id, { ...channel, members: new Map(channel.members) }]),
  ),
  leases: new Map([...state.leases].map(([partition, row]) => [partition, { ...row }])),
});
