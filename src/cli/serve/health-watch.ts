import type { SchemaIds } from '../../avro/schema-ids.ts';
import type { ConsumerState as KafkaConsumerState } from '../../kafka/consumer-state.ts';
import { withinMs } from '../../kafka/deadline.ts';
import type { PartitionContent } from '../../kafka/hindrances.ts';
import type { PartitionProgress } from '../../kafka/input-log.ts';
import type { ConsumerState } from '../../observability/consumer-state.ts';
import type { LivenessFacts, Probe, ReadinessFacts } from '../../observability/health.ts';
import type { PartitionSighting, Sighting, Standstill } from '../../observability/standstill.ts';
import type { ServerWatch } from './server-watch.ts';
import { ping } from '../../postgres/ping.ts';
import type { Database } from '../../postgres/pool.ts';
import { Failure, failureOf, passesInTime } from '../../processor/failure.ts';
import type { Alarm } from '../../processor/alarm.ts';
import type { BatchHandler } from '../../processor/ports/batch-handler.ts';
import type { Dependency } from '../../processor/ports/breakers.ts';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import type { Observer } from '../../processor/ports/observer.ts';

export type HealthWatchDeps = {
  readonly pool: Database;
  readonly schemaIds: SchemaIds;
  readonly openDependencies: () => readonly Dependency[];
  readonly consumer: () => KafkaConsumerState;
  /** Asks the brokers how far the group is. */
  readonly progress: (partitions: readonly number[]) => Promise<readonly PartitionProgress[]>;
  /** Asks the brokers what lies in the partitions, and what keeps it from being read. */
  readonly contents?: (partitions: readonly number[]) => Promise<readonly PartitionContent[]>;
  /** Told what the brokers have said at each look. */
  readonly onLook?: (contents: readonly PartitionContent[], progress: readonly PartitionProgress[]) => void;
  /** Notified at each check whether the brokers answer. */
  readonly kafka: ServerWatch;
  /** Notified at each check whether Postgres answers, if nothing else queries Postgres. */
  readonly postgres: ServerWatch;
  readonly standstills: () => readonly Standstill[];
  readonly isStopping: () => boolean;
};

export type HealthWatch = {
  /** Hears of retries: where it is known why a batch is tried again, it is not stuck. */
  readonly observer: Pick<Observer, 'retrying'>;
  /** The handler, watched: which batches are under way. */
  watch(handler: BatchHandler): BatchHandler;
  liveness(): LivenessFacts;
  /** One look at what moves, with the brokers' own figures. Never rejects. */
  look(): Promise<Sighting>;
  /** Asks the servers. */
  readiness(): Promise<ReadinessFacts>;
};

type Retry = { readonly code: string; readonly at: number };

/** A try with all its timeouts takes less. */
const RETRY_EXPLAINS_MS = 60_000;
/** Longer than the client's own retries. An outage should be reported half a minute after it begins. */
const ASKING_MS = 15_000;

const NO_CONTENTS: Promise<readonly PartitionContent[]> = Promise.resolve([]);

const noAnswer = (): Failure =>
  new Failure('transient', 'KAFKA_TIMEOUT', 'asking how far the group is: no answer');

const noAnswerOfPostgres = (): Failure =>
  new Failure('transient', 'POSTGRES_UNAVAILABLE', 'reaching Postgres: no answer');

/** Gathers what the health endpoints and the watch for standstills judge. */
export const createHealthWatch = (deps: HealthWatchDeps): HealthWatch => {
  const { pool, schemaIds, openDependencies } = deps;
  const underWay = new Map<InputBatch, Retry | null>();
  /** As of the last check. */
  let hindered: ReadonlyMap<number, string> = new Map();

  const consumer = (): ConsumerState => (deps.isStopping() ? { kind: 'stopping' } : stateOf(deps.consumer()));

  const retried = (): ReadonlyMap<number, string> => {
    const since = performance.now() - RETRY_EXPLAINS_MS;
    return new Map(
      [...underWay].flatMap(([{ partition }, retry]) =>
        retry !== null && retry.at > since ? [[partition, retry.code] as const] : [],
      ),
    );
  };

  const alarms = (): ReadonlyMap<number, Alarm> =>
    new Map(
      deps
        .consumer()
        .partitions.flatMap(({ partition, alarm }) => (alarm === null ? [] : [[partition, alarm] as const])),
    );

  const liveness = (): LivenessFacts => ({
    consumer: consumer(),
    working: [...underWay.keys()].map(({ partition }) => partition),
    retried: retried(),
    hindered,
    standstills: deps.standstills(),
    alarms: alarms(),
    openDependencies: openDependencies(),
  });

  /** If the brokers do not answer, no hindrance is known: that is no failure. */
  const hindrances = async (progress: readonly PartitionProgress[]): Promise<ReadonlyMap<number, string>> => {
    const partitions = progress.map(({ partition }) => partition);
    const contents = await withinMs(ASKING_MS, deps.contents?.(partitions) ?? NO_CONTENTS, noAnswer).catch(
      () => null,
    );
    if (contents !== null) deps.onLook?.(contents, progress);
    return new Map(
      contents?.flatMap(({ partition, hindrances: [first] }) =>
        first === undefined ? [] : [[partition, first.code] as const],
      ),
    );
  };

  /** A batch in flight queries Postgres itself, and reports failures. */
  const lookAtPostgres = async (): Promise<void> => {
    if (underWay.size > 0) return;
    await withinMs(ASKING_MS, ping(pool), noAnswerOfPostgres).then(
      deps.postgres.answered,
      (thrown: unknown) => {
        // The pool closes when `serve` ends.
        if (!deps.isStopping()) deps.postgres.failed(failureOf(thrown));
      },
    );
  };

  return {
    observer: {
      retrying: ({ partition, failure }) => {
        const known = failureOf(failure);
        // A server's or somebody else's doing. To be fenced again and again is not: then a new start may help.
        const retry = passesInTime(known) ? { code: known.code, at: performance.now() } : null;
        for (const batch of underWay.keys()) if (batch.partition === partition) underWay.set(batch, retry);
      },
    },
    watch: (handler) => ({
      handle: async (batch, membership) => {
        underWay.set(batch, null);
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
    look: async () => {
      const cursors = new Map(deps.consumer().partitions.map(({ partition, cursor }) => [partition, cursor]));
      const looked = lookAtPostgres();
      const asking = deps.progress([...cursors.keys()]);
      const asked = await withinMs(ASKING_MS, asking, noAnswer).catch((thrown: unknown) => {
        deps.kafka.failed(failureOf(thrown));
        return null;
      });
      if (asked !== null) deps.kafka.answered();
      hindered = asked === null ? new Map() : await hindrances(asked);
      await looked;
      const [alarmed, tried] = [alarms(), retried()];
      const sighting = ({ partition, next, end }: PartitionProgress): PartitionSighting => {
        // What Postgres has lost is folded again far below the group's offset: that is progress, too.
        const position = cursors.get(partition) ?? next;
        const waitsFor =
          alarmed.get(partition)?.code ?? tried.get(partition) ?? hindered.get(partition) ?? null;
        return { partition, position, lag: end - Math.max(position, next), waitsFor };
      };
      return {
        consumer: consumer(),
        lastSignOfLife: deps.consumer().lastActivity,
        openDependencies: openDependencies(),
        partitions: asked?.map(sighting) ?? null,
      };
    },
    readiness: async () => {
      const [database, schemas] = await Promise.all([
        probe(() => ping(pool)),
        probe(async () => {
          await schemaIds.current();
        }),
      ]);
      return { ...liveness(), kafka: deps.kafka.state(), database, schemas };
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
