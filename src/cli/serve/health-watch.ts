import type { SchemaIds } from '../../avro/schema-ids.ts';
import type { ConsumerState as KafkaConsumerState } from '../../kafka/consumer-state.ts';
import type { ConsumerState, LivenessFacts, Probe, ReadinessFacts } from '../../observability/health.ts';
import { ping } from '../../postgres/ping.ts';
import type { Database } from '../../postgres/pool.ts';
import { failureOf } from '../../processor/failure.ts';
import type { BatchHandler, Dependency, Observer } from '../../processor/ports.ts';

export type HealthWatchDeps = {
  readonly pool: Database;
  readonly schemaIds: SchemaIds;
  readonly openDependencies: () => readonly Dependency[];
  readonly consumer: () => KafkaConsumerState;
  readonly isStopping: () => boolean;
};

export type HealthWatch = {
  /** Hears of retries: a batch that is tried again is not stuck. */
  readonly observer: Pick<Observer, 'retrying'>;
  /** The handler, watched: which batches are under way, and since when they were last tried. */
  watch(handler: BatchHandler): BatchHandler;
  liveness(): LivenessFacts;
  /** Asks the servers. */
  readiness(): Promise<ReadinessFacts>;
};

/** Gathers what the health endpoints judge. */
export const createHealthWatch = (deps: HealthWatchDeps): HealthWatch => {
  const { pool, schemaIds, openDependencies } = deps;
  const underWay = new Map<object, { readonly partition: number; since: number }>();

  const liveness = (): LivenessFacts => {
    const consumer = deps.consumer();
    const alarms = consumer.partitions.flatMap(({ partition, alarm }) =>
      alarm === null ? [] : [[partition, alarm] as const],
    );
    return {
      now: Date.now(),
      consumer: deps.isStopping() ? { kind: 'stopping' } : stateOf(consumer),
      lastSignOfLife: consumer.lastActivity,
      batches: [...underWay.values()],
      alarms: new Map(alarms),
      openDependencies: openDependencies(),
    };
  };

  return {
    observer: {
      retrying: ({ partition }) => {
        for (const batch of underWay.values()) if (batch.partition === partition) batch.since = Date.now();
      },
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
        handler.assigned(partitions);
      },
      drain: () => handler.drain(),
    }),
    liveness,
    readiness: async () => {
      const [database, schemas] = await Promise.all([
        probe(() => ping(pool)),
        probe(async () => {
          await schemaIds.current();
        }),
      ]);
      return { ...liveness(), database, schemas };
    },
  };
};

const stateOf = ({ joined, partitions }: KafkaConsumerState): ConsumerState => {
  if (!joined) return { kind: 'joining' };
  return { kind: 'member', partitions: partitions.map(({ partition }) => partition) };
};

const probe = async (ask: () => Promise<void>): Promise<Probe> => {
  try {
    await ask();
    return { kind: 'ok' };
  } catch (thrown) {
    return { kind: 'failing', reason: failureOf(thrown).code };
  }
};
