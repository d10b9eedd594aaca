import type { SchemaIds } from '../../avro/schema-ids.ts';
import type { ConsumerState, LivenessFacts, Probe, ReadinessFacts } from '../../observability/health.ts';
import { ping } from '../../postgres/ping.ts';
import type { Database } from '../../postgres/pool.ts';
import { failureOf } from '../../processor/failure.ts';
import type { Alarm, BatchHandler, Dependency, Observer } from '../../processor/ports.ts';

export type HealthWatchDeps = {
  readonly pool: Database;
  readonly schemaIds: SchemaIds;
  readonly openDependencies: () => readonly Dependency[];
};

export type HealthWatch = {
  /** Hears of alarms. */
  readonly observer: Pick<Observer, 'alarmed' | 'resumed'>;
  /** The handler, watched: which batches are under way, and since when. */
  watch(handler: BatchHandler): BatchHandler;
  liveness(consumer: ConsumerState, lastSignOfLife: number): LivenessFacts;
  /** Asks the servers. */
  readiness(consumer: ConsumerState, lastSignOfLife: number): Promise<ReadinessFacts>;
};

/** Gathers what the health endpoints judge. */
export const createHealthWatch = ({ pool, schemaIds, openDependencies }: HealthWatchDeps): HealthWatch => {
  const alarms = new Map<number, Alarm>();
  const underWay = new Map<object, { readonly partition: number; readonly since: number }>();

  const liveness = (consumer: ConsumerState, lastSignOfLife: number): LivenessFacts => ({
    now: Date.now(),
    consumer,
    lastSignOfLife,
    batches: [...underWay.values()],
    alarms,
    openDependencies: openDependencies(),
  });

  return {
    observer: {
      alarmed: (partition, alarm) => void alarms.set(partition, alarm),
      resumed: (partition) => void alarms.delete(partition),
    },
    watch: (handler) => ({
      handle: async (batch, membership) => {
        underWay.set(batch, { partition: batch.partition, since: Date.now() });
        try {
          return await handler.handle(batch, membership);
        } finally {
          underWay.delete(batch);
        }
      },
      assigned: (partitions) => {
        for (const partition of alarms.keys()) if (!partitions.includes(partition)) alarms.delete(partition);
        handler.assigned(partitions);
      },
      drain: () => handler.drain(),
    }),
    liveness,
    readiness: async (consumer, lastSignOfLife) => {
      const [database, schemas] = await Promise.all([probe(() => ping(pool)), probe(() => known(schemaIds))]);
      return { ...liveness(consumer, lastSignOfLife), database, schemas };
    },
  };
};

const known = async (schemaIds: SchemaIds): Promise<void> => {
  await schemaIds.current();
};

const probe = async (ask: () => Promise<void>): Promise<Probe> => {
  try {
    await ask();
    return { kind: 'ok' };
  } catch (thrown) {
    return { kind: 'failing', reason: failureOf(thrown).message };
  }
};
