import type { ConsumerState as KafkaConsumerState } from '../../kafka/consume/consumer-state.ts';
import { withinMs } from '../../kafka/client/deadline.ts';
import type { PartitionContent } from '../../kafka/read/hindrances.ts';
import type { PartitionProgress } from '../../kafka/read/input-log.ts';
import type { ConsumerState } from '../../observability/consumer-state.ts';
import type { PartitionSighting, Sighting } from '../../observability/standstill.ts';
import { ping } from '../../postgres/ping.ts';
import type { Database } from '../../postgres/pool.ts';
import type { Alarm } from '../../processor/alarm.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import type { Dependency } from '../../processor/ports/breakers.ts';
import type { BatchesInFlight } from './batches-in-flight.ts';
import type { ServerWatch } from './server-watch.ts';

export type LookDeps = {
  readonly pool: Database;
  readonly openDependencies: () => readonly Dependency[];
  readonly consumer: () => KafkaConsumerState;
  readonly batches: Pick<BatchesInFlight, 'partitions' | 'retried'>;
  /** Asks the brokers for the group's offsets and the ends of the partitions. */
  readonly progress: (partitions: readonly number[]) => Promise<readonly PartitionProgress[]>;
  /** Asks the brokers what the partitions contain, and what prevents reading it. */
  readonly contents?: (partitions: readonly number[]) => Promise<readonly PartitionContent[]>;
  /** Called at each check with the answers of the brokers. */
  readonly onLook?: (contents: readonly PartitionContent[], progress: readonly PartitionProgress[]) => void;
  /** Notified at each check whether the brokers answer. */
  readonly kafka: Pick<ServerWatch, 'answered' | 'failed'>;
  /** Notified at each check whether Postgres answers, if nothing else queries Postgres. */
  readonly postgres: Pick<ServerWatch, 'answered' | 'failed'>;
  readonly isStopping: () => boolean;
};

export type Look = {
  /** Checks the progress of this member, with the brokers' own figures. Never rejects. */
  look(): Promise<Sighting>;
  /** By partition, why its records could not be read at the last check. */
  hindered(): ReadonlyMap<number, string>;
};

/** Long enough for the client's own retries, short enough to report an outage within half a minute. */
const ASKING_MS = 15_000;

const NO_CONTENTS: Promise<readonly PartitionContent[]> = Promise.resolve([]);

const noAnswer = (): Failure =>
  new Failure('transient', 'KAFKA_TIMEOUT', 'asking for the offsets of the group: no answer');

const noAnswerOfPostgres = (): Failure =>
  new Failure('transient', 'POSTGRES_UNAVAILABLE', 'reaching Postgres: no answer');

/** Collects the facts that the standstill watch judges. */
export const createLook = (deps: LookDeps): Look => {
  const { pool, batches, openDependencies } = deps;
  let hindered: ReadonlyMap<number, string> = new Map();

  /** Empty if the brokers do not answer in time, because `look` goes without hindrances that are unknown. */
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

  /** Skips the check during a batch, which queries Postgres itself and reports failures. */
  const lookAtPostgres = async (): Promise<void> => {
    if (batches.partitions().length > 0) return;
    await withinMs(ASKING_MS, ping(pool), noAnswerOfPostgres).then(
      deps.postgres.answered,
      (thrown: unknown) => {
        // A closed pool is no failure of Postgres: it closes when `serve` ends.
        if (!deps.isStopping()) deps.postgres.failed(failureOf(thrown));
      },
    );
  };

  return {
    hindered: () => hindered,
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
      const consumer = deps.consumer();
      const [alarmed, retried] = [alarmsOf(consumer), batches.retried()];
      const sighting = ({ partition, next, end }: PartitionProgress): PartitionSighting => {
        // If Postgres has lost commits, records far below the group's offset are folded again. That is progress, too.
        const position = cursors.get(partition) ?? next;
        const waitsFor =
          alarmed.get(partition)?.code ?? retried.get(partition) ?? hindered.get(partition) ?? null;
        return { partition, position, lag: end - Math.max(position, next), waitsFor };
      };
      return {
        consumer: deps.isStopping() ? { kind: 'stopping' } : membershipOf(consumer),
        lastSignOfLife: consumer.lastActivity,
        openDependencies: openDependencies(),
        partitions: asked?.map(sighting) ?? null,
      };
    },
  };
};

export const membershipOf = ({ joined, partitions }: KafkaConsumerState): ConsumerState => {
  if (!joined) return { kind: 'joining' };
  return { kind: 'member', partitions: partitions.map(({ partition }) => partition) };
};

export const alarmsOf = ({ partitions }: KafkaConsumerState): ReadonlyMap<number, Alarm> =>
  new Map(
    partitions.flatMap(({ partition, alarm }) => (alarm === null ? [] : [[partition, alarm] as const])),
  );
