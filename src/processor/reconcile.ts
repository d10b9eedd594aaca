import type {
  Alarm,
  Breakers,
  DecisionStore,
  InputLog,
  Lease,
  LeaseGrant,
  PartitionProducer,
  TransactionalOutput,
} from './ports.ts';

export type ReconcileDeps = {
  readonly store: DecisionStore;
  readonly output: TransactionalOutput;
  readonly log: InputLog;
  readonly breakers: Breakers;
  readonly topic: string;
  /** A fresh UUID for each lease. */
  readonly newHolder: () => string;
};

type Granted = Extract<LeaseGrant, { kind: 'granted' }>;

/** What a partition's owner holds. `cursor` is the only offset that the next batch may start at (R1). */
export type Ownership = {
  readonly generation: number;
  readonly lease: Lease;
  readonly producer: PartitionProducer;
  cursor: number;
  /** One past the last offset that Postgres has confirmed to hold; null: none. */
  storedBefore: number | null;
  /** Below this everything is emitted, though Postgres does not know it any more: fold it again, silently (R2). */
  readonly emittedBefore: number;
};

export type Reconciled =
  | { readonly kind: 'owned'; readonly ownership: Ownership }
  | { readonly kind: 'stopped'; readonly offset: number; readonly alarm: Alarm }
  /** A newer generation of the group holds the lease. */
  | { readonly kind: 'superseded' };

/**
 * Takes a partition over (R1): the lease first, which refuses an older generation before it can fence anybody; then the
 * transactional id, which ends whatever the former owner had under way; only then is the log read, because only then does it
 * stand still.
 */
export const reconcile = async (
  deps: ReconcileDeps,
  partition: number,
  generation: number,
): Promise<Reconciled> => {
  const { store, output, log, breakers } = deps;

  const missing = await breakers.run('kafka', () => log.missingOutputs(partition));
  if (missing.length > 0) {
    const counts = missing.map(({ topic, partitions }) => `${topic} has ${String(partitions)}`).join(', ');
    return stopped(
      deps,
      partition,
      0,
      'OUTPUT_PARTITION_MISSING',
      `no such output partition: ${counts}; run \`runclose setup --repartition\``,
    );
  }

  const grant = await breakers.run('postgres', () =>
    store.takeLease(partition, deps.newHolder(), generation),
  );
  if (grant.kind === 'refused') return { kind: 'superseded' };

  const producer = await breakers.run('kafka', () => output.fence(partition));
  try {
    const { start, committed, low, high } = await breakers.run('kafka', () =>
      findStart(log, partition, grant),
    );
    const cursor = Math.max(Math.min(start, grant.nextOffset ?? low), grant.givenUpBefore);
    const alarm = alarmFor(cursor, start, low, high);
    if (alarm !== null) {
      await producer.dispose();
      return stopped(deps, partition, cursor, ...alarm);
    }
    // Where the output is ahead of the group, the group follows, or an idle partition would lag for ever.
    if (start > (committed ?? low)) await breakers.run('kafka', () => producer.publish([], start));
    return {
      kind: 'owned',
      ownership: {
        generation,
        lease: grant.lease,
        producer,
        cursor,
        storedBefore: grant.nextOffset,
        emittedBefore: start,
      },
    };
  } catch (error) {
    await producer.dispose();
    throw error;
  }
};

/**
 * R6: the truth of what was emitted is the output. Only where the group and Postgres agree is it not read: then all is out.
 */
const findStart = async (log: InputLog, partition: number, { nextOffset, givenUpBefore }: Granted) => {
  const [committed, { low, high }] = await Promise.all([
    log.committedOffset(partition),
    log.bounds(partition),
  ]);
  if (committed !== null && committed === nextOffset) return { start: committed, committed, low, high };
  const last = await log.lastEmittedSource(partition);
  const emitted =
    committed === null && last === null ? low : Math.max(committed ?? 0, last === null ? 0 : last + 1);
  return { start: Math.max(emitted, givenUpBefore), committed, low, high };
};

const alarmFor = (
  cursor: number,
  start: number,
  low: number,
  high: number,
): readonly [Alarm['code'], string] | null => {
  if (start > high) {
    return [
      'INPUT_RECREATED',
      `offsets up to ${String(start)} were emitted, but the log ends at ${String(high)}: the topic was recreated or cut; ` +
        'restore it, or start afresh under another TOPIC_PREFIX',
    ];
  }
  if (cursor < low && start >= low) {
    return [
      'STORE_BEHIND_LOG',
      `Postgres knows nothing from ${String(cursor)} on, which was emitted, and the log begins at ${String(low)} only: ` +
        'restore a later backup, since these commands can no longer be folded again',
    ];
  }
  if (cursor < low) {
    return [
      'INPUT_GAP',
      `the log begins at ${String(low)}, but ${String(cursor)} is next: retention has removed commands that were never decided; ` +
        'accept the loss with `runclose accept-gap --yes`',
    ];
  }
  return null;
};

const stopped = (
  { topic }: ReconcileDeps,
  partition: number,
  offset: number,
  code: Alarm['code'],
  message: string,
): Reconciled => ({
  kind: 'stopped',
  offset,
  alarm: { code, message: `${topic}/${String(partition)}: ${message}` },
});
