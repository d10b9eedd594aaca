/** The product's processor with one rule removed, by changing its dependencies. Shows that the checkers find each broken rule. */
import type { BatchHandler } from '../../../src/processor/ports/batch-handler.ts';
import type { DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import type { PartitionProducer } from '../../../src/processor/ports/output.ts';
import { createProcessor, type ProcessorDeps } from '../../../src/processor/processor.ts';
import type { ProducerIdentity } from '../in-memory/kafka.ts';
import { producerOf, type CreateHandler } from './processor-instance.ts';

/** Without reconcile (R1): starts at any batch that the client passes on, without checking what was emitted. */
export const withoutOffsetCheck = (deps: ProcessorDeps): BatchHandler => {
  const given = new Map<number, number>();
  const handler = createProcessor({
    ...deps,
    store: {
      ...deps.store,
      takeLease: async (applicant) => {
        const grant = await deps.store.takeLease(applicant);
        return grant.kind === 'granted'
          ? { ...grant, nextOffset: given.get(applicant.partition) ?? null }
          : grant;
      },
    },
    log: {
      ...deps.log,
      committedOffset: async (partition) => given.get(partition) ?? null,
      lastEmittedSource: async () => null,
    },
  });
  return {
    ...handler,
    handle: (batch, membership) => {
      given.set(batch.partition, batch.first);
      return handler.handle(batch, membership);
    },
  };
};

/** Without the cursor (R1): accepts every batch of a generation as the next one. */
export const withoutCursor = (deps: ProcessorDeps): BatchHandler => {
  const handler = createProcessor(deps);
  const next = new Map<string, number>();
  return {
    ...handler,
    handle: async (batch, membership) => {
      const key = `${String(batch.partition)} in ${String(membership.generation)}`;
      const handled = await handler.handle({ ...batch, first: next.get(key) ?? batch.first }, membership);
      if (handled.kind === 'continue') next.set(key, batch.end);
      else if ('offset' in handled) next.set(key, handled.offset);
      return handled;
    },
  };
};

/** Without the ledgers' row locks (R2): decides on ledgers that it has not locked. */
export const withoutLedgerLocks: CreateHandler = (deps, ask) =>
  createProcessor({
    ...deps,
    store: {
      ...deps.store,
      closeRuns: async (lease, range, _claims, decide) => {
        const state = await ask({ kind: 'readUnlocked', lease, range });
        const writes = decide(state as Parameters<typeof decide>[0]);
        await ask({ kind: 'writeUnlocked', lease, range, writes });
        return writes;
      },
    },
  });

/** Without the fence in Postgres (R2): writes under any lease, also under another owner's. */
export const withoutLeaseFence: CreateHandler = (deps, ask) =>
  createProcessor({
    ...deps,
    store: {
      ...deps.store,
      closeRuns: (lease, range, _claims, decide) =>
        ask({ kind: 'closeRunsUnfenced', lease, range, decide }) as Promise<ReturnType<typeof decide>>,
    },
  });

/** Takes a store that knows nothing of the partition for a new one (R2). */
export const withoutMemoryOfTheStore = (deps: ProcessorDeps): BatchHandler =>
  createProcessor({ ...deps, store: { ...deps.store, closeRuns: forgettingTheStore(deps.store) } });

const forgettingTheStore =
  (store: DecisionStore): DecisionStore['closeRuns'] =>
  (lease, range, claims, decide) =>
    store.closeRuns(lease, { ...range, storedBefore: null }, claims, decide);

/** Does not fold commands again that Postgres has lost (R2). */
export const withoutFoldingAgain = (deps: ProcessorDeps): BatchHandler =>
  createProcessor({
    ...deps,
    store: {
      ...deps.store,
      takeLease: async (applicant) => {
        const grant = await deps.store.takeLease(applicant);
        const reached = (await deps.log.committedOffset(applicant.partition)) ?? 0;
        return grant.kind === 'granted'
          ? { ...grant, nextOffset: Math.max(grant.nextOffset ?? 0, reached) }
          : grant;
      },
      closeRuns: forgettingTheStore(deps.store),
    },
  });

/** Takes new topics for the former ones, because their names are the same (R1). */
export const withoutSourceIdentity = (deps: ProcessorDeps): BatchHandler => createProcessor(nameless(deps));

const nameless = (deps: ProcessorDeps): ProcessorDeps => ({
  ...deps,
  log: {
    ...deps.log,
    identity: () => Promise.resolve({ clusterId: 'cluster', inputId: null, outputsId: null }),
  },
});

/**
 * Without the command check (R3): takes a decision that is stored at a record's position for the record's own, and new topics for the
 * former ones.
 */
export const withoutCommandCheck = (deps: ProcessorDeps): BatchHandler =>
  createProcessor({
    ...nameless(deps),
    store: {
      ...deps.store,
      closeRuns: (lease, range, claims, decide) =>
        deps.store.closeRuns(lease, range, claims, (state) =>
          decide({ ...state, commandAt: () => undefined }),
        ),
    },
  });

/**
 * Without reading the outputs (R6): takes the group's offset as proof that everything was emitted, if it equals the store's next offset.
 */
export const withoutTailReadWhereOffsetsAgree = (deps: ProcessorDeps): BatchHandler => {
  const stored = new Map<number, number | null>();
  return createProcessor({
    ...deps,
    store: {
      ...deps.store,
      takeLease: async (applicant) => {
        const grant = await deps.store.takeLease(applicant);
        if (grant.kind === 'granted') stored.set(applicant.partition, grant.nextOffset);
        return grant;
      },
    },
    log: {
      ...deps.log,
      lastEmittedSource: async (partition) => {
        const committed = await deps.log.committedOffset(partition);
        return committed !== null && committed === stored.get(partition)
          ? committed - 1
          : deps.log.lastEmittedSource(partition);
      },
    },
  });
};

/** Without the source check (R3): a stored decision does not know the position of its command. */
export const withoutSourceCheck = (deps: ProcessorDeps): BatchHandler =>
  createProcessor({
    ...deps,
    store: {
      ...deps.store,
      closeRuns: (lease, range, claims, decide) =>
        deps.store.closeRuns(lease, range, claims, (state) =>
          decide({
            ...state,
            emitted: () => undefined,
            decision: ({ channelId, commandId }) => {
              const stored = state.decision({ channelId, commandId });
              return stored && { ...stored, partition: null, offset: null };
            },
          }),
        ),
    },
  });

/** Without disposable producers (R4): uses a producer again after it has failed. */
export const withoutDisposableProducers = (deps: ProcessorDeps): BatchHandler => {
  const kept = new Map<number, PartitionProducer>();
  return createProcessor({
    ...deps,
    output: {
      fence: async (partition) => {
        const producer = kept.get(partition) ?? (await deps.output.fence(partition));
        kept.set(partition, producer);
        return { ...producer, dispose: async () => undefined };
      },
    },
  });
};

/** Without the fence in Kafka (R4): does not fence the former owner's producer. */
export const withoutFence: CreateHandler = (deps, ask) =>
  createProcessor({
    ...deps,
    output: {
      fence: async (partition) => {
        const identity = await ask({ kind: 'fence', partition, transactionalId: null });
        return producerOf(identity as ProducerIdentity, ask);
      },
    },
  });

/** Without one writer per output partition (R5): the events of every partition go into the first partition of the outputs. */
export const withoutOwnPartition: CreateHandler = (deps, ask) =>
  createProcessor({
    ...deps,
    output: {
      fence: async (partition) => {
        const identity = (await ask({
          kind: 'fence',
          partition,
          transactionalId: 'stable',
        })) as ProducerIdentity;
        return {
          ...producerOf(identity, ask),
          publish: async (emissions, end) => {
            await ask({ kind: 'publishInto', into: 0, identity, emissions, end });
          },
        };
      },
    },
  });

/** Without reading the outputs (R6): trusts the group's offset alone. */
export const withoutTailRead = (deps: ProcessorDeps): BatchHandler =>
  createProcessor({ ...deps, log: { ...deps.log, lastEmittedSource: async () => null } });
