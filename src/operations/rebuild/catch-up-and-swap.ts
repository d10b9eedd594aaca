import { setTimeout as sleep } from 'node:timers/promises';
import { restorePolicies } from '../../postgres/rebuild/policies-of-file.ts';
import { swapSchemas, prepareSwap, tooLong, type PausedStore } from '../../postgres/rebuild/swap.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import { ledgersOfPolicies, NOTHING } from '../../replay/rebuild/rebuild.ts';
import { waitUntilEmitted } from '../history/completeness.ts';
import { notEmitted, type Building, type BuildingDeps, type Positions, type Watch } from './building.ts';

export type SwapDeps = BuildingDeps & {
  readonly building: Building;
  /** True: swap even if the rebuild contradicts emitted events. */
  readonly despiteEvents: boolean;
  /** True if the swap is done. Rejects if the lock is lost, because another rebuild may be running. */
  readonly isSwapped: () => Promise<boolean>;
  /** True if the rebuild agrees with all emitted events that were compared so far. */
  readonly isAgreed: () => Promise<boolean>;
};

const MAX_ATTEMPTS = 8;
/** Time for the swap itself, after the last command. */
const RESERVED_MS = 400;

/**
 * Catches up and swaps while the processors keep working. If the pause would be too long, tries again after a while.
 *
 * @returns the pause in milliseconds; null if the rebuild contradicts emitted events: nothing was swapped
 */
export const catchUpAndSwap = async (deps: SwapDeps): Promise<number | null> => {
  const { work, building, shadow, source, groupId } = deps;
  const scope = { clusterId: source.clusterId, topic: source.topic };
  for (let attempt = 1; ; attempt += 1) {
    await building.catchUp();
    // Always call this: it also reports contradictions, which is impossible after the swap.
    if (!(await deps.isAgreed()) && !deps.despiteEvents) return null;
    await prepareSwap(shadow);
    // This rejects if the lock is lost.
    await deps.isSwapped();
    const startedAt = performance.now();
    try {
      return await swapSchemas(shadow, scope, groupId, (standstill) => finish(deps, standstill));
    } catch (thrown) {
      const failure = failureOf(thrown);
      // The COMMIT may have succeeded although its answer was lost.
      const isDone = await deps.isSwapped().catch(() => {
        throw failure;
      });
      if (isDone) return performance.now() - startedAt;
      if (failure.kind !== 'transient' || attempt === MAX_ATTEMPTS || work.interrupted.aborted) throw failure;
      work.note(`Try ${String(attempt)} of ${String(MAX_ATTEMPTS)}: ${failure.message}`);
    }
    await building.reload();
    await sleep(250 * attempt);
    // Rebuild the commands that were decided meanwhile here, because the swap does not compare them with their events.
    await building.toEmitted();
  }
};

const finish = async (deps: SwapDeps, { transaction, positions, left }: PausedStore): Promise<Positions> => {
  const { work, building, source } = deps;
  const watch = watchOver(() => left() - RESERVED_MS);
  // A last batch may have been stored before the locks were taken: its events are in flight.
  const unemitted = await watch.race(
    waitUntilEmitted(work, source, positions, Math.max(0, left() - RESERVED_MS) / 2),
  );
  if (unemitted.length > 0) throw notEmitted(unemitted);
  const { store, ledgers, policies } = await building.within(transaction, positions, watch);
  const changed = ledgersOfPolicies(
    ledgers,
    policies.map(({ channelId }) => channelId),
  );
  await store.keep({ ...NOTHING, ledgers: changed });
  await restorePolicies(transaction);
  const ahead = policies.find(
    ({ channelId, policy }) => (ledgers.folded(channelId, Infinity)?.policyVersion ?? 0) < policy.version,
  );
  if (ahead !== undefined) throw neverApplied(ahead.channelId, ahead.policy.version);
  if (work.interrupted.aborted) throw interrupted();
  if (store.differing() > 0 && !deps.despiteEvents) throw decidedOtherwise(store.differing());
  return building.positions();
};

const watchOver = (timeLeftMs: () => number): Watch => {
  const check = (): void => {
    if (timeLeftMs() <= 0) throw tooLong();
  };
  const race = async <T>(work: Promise<T>): Promise<T> => {
    const late = new AbortController();
    try {
      return await Promise.race([
        work,
        sleep(Math.max(0, timeLeftMs()), undefined, { signal: late.signal }).then(() =>
          Promise.reject(tooLong()),
        ),
      ]);
    } finally {
      late.abort();
    }
  };
  return { check, race };
};

const interrupted = (): Failure =>
  new Failure('transient', 'INTERRUPTED', 'interrupted before the swap; nothing was changed', {
    scope: 'local',
  });

const neverApplied = (channelId: string, version: number): Failure =>
  new Failure(
    'fatal',
    'POLICY_NEVER_APPLIED',
    `version ${String(version)} of the policy of channel ${channelId} applies after a revision that its rebuilt ledger has not ` +
      'reached: nothing was changed',
  );

const decidedOtherwise = (count: number): Failure =>
  new Failure(
    'transient',
    'DECIDED_OTHERWISE',
    `the processors decided ${String(count)} of the last commands differently; their events must be compared first`,
    { scope: 'local' },
  );
