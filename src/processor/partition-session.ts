import type { CloseRuns } from './close-runs.ts';
import { Failure, failureOf, passesInTime } from './failure.ts';
import { decidedIn } from './decided.ts';
import { deviationsOf, outcomesOf } from './outcomes.ts';
import { reasonsOf } from './reasons.ts';
import { refusedRecordAlarm } from './refused-record.ts';
import { withoutSkipped } from './skipped-records.ts';
import { restAfter, createTransactionSize, REFUSALS } from './transaction-size.ts';
import type { Alarm } from './alarm.ts';
import type { DecisionStore } from './ports/decision-store.ts';
import type { Handled, Membership } from './ports/batch-handler.ts';
import type { InputBatch } from './ports/input-record.ts';
import type { InputLog, LogIdentity } from './ports/input-log.ts';
import type { Observer } from './ports/observer.ts';
import type { Pacer } from './ports/breakers.ts';
import type { BatchTrace, Tracer } from './ports/tracer.ts';
import { isSameLog } from './log-identity.ts';
import { NO_TRACES } from './no-traces.ts';
import { reconcile, type Ownership, type Reconciled, type ReconcileDeps } from './reconcile.ts';

export type SessionDeps = Omit<ReconcileDeps, 'store' | 'log'> & {
  readonly store: DecisionStore;
  readonly log: InputLog;
  readonly closeRuns: CloseRuns;
  readonly pacer: Pacer;
  readonly observer: Observer;
  /** Default: records nothing. */
  readonly tracer?: Tracer;
};

/** The session of one partition, kept across assignments. Its calls must not overlap. */
export type PartitionSession = {
  /** Decides, stores and emits a batch, and retries during outages. Rejects only with a fatal `Failure`. */
  handle(batch: InputBatch, membership: Membership): Promise<Handled>;
  /**
   * Records how far the events are emitted, and drops the ownership. Never rejects: if recording fails, the next owner reads the outputs.
   */
  release(): Promise<void>;
};

/** The pause before a third retry: 200 to 400 ms. */
const SUPERSEDED_PACE = 3;

/**
 * The state machine of one partition. Without ownership, it reconciles. With ownership, it handles batches that start at its cursor. After
 * any failure, it drops the ownership and reconciles again (reconcile first, R1; producers are disposable, R4; both in
 * docs/adr/0002-six-rules-for-effectively-once.md). There is no other way to recover.
 */
export const createPartitionSession = (deps: SessionDeps, partition: number): PartitionSession => {
  const { store, log, closeRuns, pacer, observer, tracer = NO_TRACES } = deps;
  let owned: Ownership | null = null;
  let cause = 'assigned';
  let alarmed = false;
  /** The trace of the last attempt. */
  let traceId: string | undefined;
  const size = createTransactionSize();

  const drop = async (why: string): Promise<void> => {
    const producer = owned?.producer;
    owned = null;
    cause = why;
    await producer?.dispose();
  };

  const raise = (offset: number, alarm: Alarm): Handled => {
    alarmed = true;
    observer.alarmed(partition, alarm);
    return { kind: 'stopped', offset, alarm };
  };

  /** Records alarms that only the owner of the partition can find. If recording fails, the next try records them. */
  const raiseAbout = async ({ lease }: Ownership, offset: number, alarm: Alarm): Promise<Handled> => {
    await store.recordAlarm(lease, { ...alarm, offset }).catch(() => undefined);
    return raise(offset, alarm);
  };

  /** Returns the ownership, or what the consumer must do instead. */
  const takeOver = async (generation: number, { first, end }: InputBatch): Promise<Ownership | Handled> => {
    const result: Reconciled = await reconcile(deps, partition, generation);
    switch (result.kind) {
      case 'superseded':
        // Wait first: a member that keeps returning with an old generation would rebalance the whole group again and again.
        observer.retrying({ partition, first, end, attempt: 1, failure: superseded(partition, generation) });
        await pacer.beforeRetry(SUPERSEDED_PACE);
        return { kind: 'rejoin' };
      case 'stopped':
        return raise(result.offset, result.alarm);
      case 'owned': {
        const { lease, cursor } = result.ownership;
        observer.reconciled({ partition, epoch: lease.epoch, start: cursor, cause });
        return result.ownership;
      }
    }
  };

  const identity = (): Promise<LogIdentity> => deps.breakers.run('kafka', () => log.identity(partition));

  const attempt = async (batch: InputBatch, membership: Membership): Promise<Handled> => {
    traceId = undefined;
    if (owned !== null && owned.generation !== membership.generation) await drop('new generation');
    if (owned !== null && owned.cursor !== batch.first) await drop('batch not at the cursor');
    // Ask for the ids after the fetch: if the topic was created again meanwhile, none of its records is decided under this lease.
    if (owned !== null && !isSameLog(owned.log, await identity())) await drop('another log');
    if (owned === null) {
      const taken = await takeOver(membership.generation, batch);
      if ('kind' in taken) return taken;
      owned = taken;
    }
    // A batch that starts elsewhere is read again from the cursor, even if it contains the cursor.
    const ownership = owned;
    if (ownership.cursor !== batch.first) return { kind: 'seek', offset: ownership.cursor };
    try {
      return await tracer.batch(batch, (trace) => {
        traceId = trace.traceId;
        return ownership.cursor < ownership.emittedBefore
          ? foldAgain(batch, ownership, trace)
          : decideAndEmit(batch, ownership, membership, trace);
      });
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      if (code !== 'STORED_EVENTS_DIFFER' && code !== 'STORED_COMMAND_DIFFERS') throw thrown;
      await drop(code);
      return raiseAbout(ownership, batch.first, { code, message });
    }
  };

  const decideAndEmit = async (
    batch: InputBatch,
    ownership: Ownership,
    membership: Membership,
    trace: BatchTrace,
  ): Promise<Handled> => {
    const started = performance.now();
    const { owed, end, seconds } = await closeRuns.decideAndStore(batch, ownership, trace);
    ownership.storedBefore = batch.end;
    const stored = { owed: withoutSkipped(owed, ownership.skipped), end };
    const decided = performance.now();
    if (!membership.isCurrent()) return dropStale(batch);
    try {
      await closeRuns.emit(stored, ownership.producer, trace);
    } catch (thrown) {
      const failure = failureOf(thrown);
      const [item] = stored.owed;
      if (!REFUSALS.has(failure.code) || item === undefined) throw failure;
      size.failed(batch, failure);
      await drop(failure.code);
      // If the batch has several records, the next try sends one at a time and so finds the refused record.
      return stored.owed.length > 1
        ? { kind: 'seek', offset: batch.first }
        : raiseAbout(
            ownership,
            batch.first,
            refusedRecordAlarm(failure, item, `${deps.topic}/${String(partition)}`),
          );
    }
    if (owned !== null) owned.cursor = batch.end;
    clearAlarm();
    const emit = (performance.now() - decided) / 1000;
    size.emitted(batch, Math.max((decided - started) / 1000, emit));
    observer.batchDone({
      partition,
      first: batch.first,
      end: batch.end,
      outcomes: outcomesOf(stored.owed, partition, (key) => log.partitionOf(key)),
      reasons: reasonsOf(stored.owed),
      seconds: { ...seconds, emit },
      oldest: batch.records[0]?.timestamp ?? null,
      deviations: deviationsOf(stored.owed),
      traceId: trace.traceId,
      decided: () => decidedIn(stored.owed),
    });
    return { kind: 'continue' };
  };

  const clearAlarm = (): void => {
    if (alarmed) observer.resumed(partition);
    alarmed = false;
  };

  /**
   * Postgres has lost commits (fold again and compare, R2): decides the emitted records again, and stores the decisions if they agree with
   * the emitted events.
   */
  const foldAgain = async (batch: InputBatch, ownership: Ownership, trace: BatchTrace): Promise<Handled> => {
    const end = Math.min(batch.end, ownership.emittedBefore);
    const lost = { ...batch, end, records: batch.records.filter(({ offset }) => offset < end) };
    const lostRange = { partition, first: lost.first, end };
    const [values, deadLettered] = await deps.breakers.run('kafka', () =>
      Promise.all([log.emittedEvents(lostRange), log.deadLettered(lostRange)]),
    );
    await closeRuns.decideAndStore(lost, ownership, trace, {
      values,
      deadLettered,
      shownBefore: ownership.shownBefore,
    });
    ownership.storedBefore = end;
    clearAlarm();
    observer.foldedAgain({ partition, first: lost.first, end });
    if (owned !== null) owned.cursor = end;
    return end === batch.end ? { kind: 'continue' } : { kind: 'seek', offset: end };
  };

  /** The consumer has left the generation in which it read this batch. The partition's current owner reads the batch again. */
  const dropStale = async (batch: InputBatch): Promise<Handled> => {
    await drop('left the generation');
    return { kind: 'seek', offset: batch.first };
  };

  const handle = async (batch: InputBatch, membership: Membership): Promise<Handled> => {
    let rest = batch;
    for (let tries = 1; ; tries++) {
      if (!membership.isCurrent()) return dropStale(rest);
      const portion = size.portionOf(rest);
      try {
        const handled = await attempt(portion, membership);
        if (handled.kind !== 'continue' || portion.end === batch.end) return handled;
        rest = restAfter(rest, portion);
        tries = 0;
        if (await hasLostMembership(membership)) return { kind: 'rejoin' };
        continue;
      } catch (thrown) {
        const failure = failureOf(thrown);
        await drop(failure.code);
        if (failure.kind !== 'fenced' && !passesInTime(failure)) throw failure;
        size.failed(portion, failure);
        observer.retrying({
          partition,
          first: portion.first,
          end: portion.end,
          attempt: tries,
          failure,
          traceId,
        });
      }
      await pacer.beforeRetry(tries);
      if (await hasLostMembership(membership)) return { kind: 'rejoin' };
    }
  };

  return {
    handle,
    release: async () => {
      if (owned !== null) {
        const { lease, cursor } = owned;
        await store.recordEmitted(lease, cursor).catch(() => undefined);
      }
      await drop('released');
    },
  };
};

const superseded = (partition: number, generation: number): Failure =>
  new Failure(
    'fenced',
    'SUPERSEDED',
    `partition ${String(partition)} belongs to a newer generation of the group than ${String(generation)}`,
  );

/** Sends a heartbeat. A rebalance ends the membership; a broker that does not answer does not. */
const hasLostMembership = async (membership: Membership): Promise<boolean> => {
  try {
    await membership.heartbeat();
    return false;
  } catch (thrown) {
    return !passesInTime(failureOf(thrown));
  }
};
