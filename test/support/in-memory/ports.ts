import type { ChannelPolicy } from '../../../src/domain/channel-policy.ts';
import { Failure, failureOf } from '../../../src/processor/failure.ts';
import type { DecisionStore, SkippedRecord } from '../../../src/processor/ports/decision-store.ts';
import type { InputLog } from '../../../src/processor/ports/input-log.ts';
import type {
  Emission,
  PartitionProducer,
  TransactionalOutput,
} from '../../../src/processor/ports/output.ts';
import * as brokers from './kafka.ts';
import * as database from './postgres.ts';

/** When the connection is lost: nothing was committed, or everything was committed and only the answer is lost. */
export type Loss = 'before the commit' | 'after the commit';

export type InMemoryServers = {
  kafka: brokers.Kafka;
  postgres: database.Postgres;
  readonly policies: Map<string, ChannelPolicy>;
  /** The same skipped records for every partition. */
  skipped: readonly SkippedRecord[];
  readonly output: TransactionalOutput;
  readonly log: InputLog;
  readonly store: DecisionStore;
  /** Why the brokers refuse a transaction's records; null: they accept them. */
  refusal: (emissions: readonly Emission[]) => Failure | null;
  failNextPublish(when: Loss): void;
  failNextTransaction(when: Loss): void;
};

/** The ports, with servers in memory that answer at once. */
export const createInMemoryServers = (partitions = 1): InMemoryServers => {
  const losses: { publish: Loss | null; transaction: Loss | null } = { publish: null, transaction: null };

  const lost = (request: keyof typeof losses, when: Loss): boolean => {
    if (losses[request] !== when) return false;
    losses[request] = null;
    return true;
  };

  const servers: InMemoryServers = {
    kafka: brokers.anEmptyKafka(partitions),
    postgres: database.AN_EMPTY_POSTGRES,
    policies: new Map(),
    skipped: [],
    refusal: () => null,
    failNextPublish: (when) => (losses.publish = when),
    failNextTransaction: (when) => (losses.transaction = when),

    output: {
      fence: async (partition): Promise<PartitionProducer> => {
        const { kafka, identity } = brokers.fence(servers.kafka, partition, 'stable');
        servers.kafka = kafka;
        let disposed = false;
        return {
          partition,
          publish: async (emissions, end) => {
            if (disposed)
              throw new Failure('transient', 'KAFKA_PRODUCER_DISPOSED', 'the producer was closed');
            disposed = true;
            const refusal = servers.refusal(emissions);
            if (refusal !== null) throw refusal;
            servers.kafka = brokers.send(servers.kafka, identity, emissions);
            if (lost('publish', 'before the commit')) throw unavailable('KAFKA');
            servers.kafka = brokers.commit(servers.kafka, identity, end);
            if (lost('publish', 'after the commit')) throw unavailable('KAFKA');
            disposed = false;
          },
          dispose: async () => {
            disposed = true;
          },
        };
      },
    },

    log: {
      identity: async (partition) => brokers.identityOf(servers.kafka, partition),
      deadLettered: async (range) => brokers.deadLettered(servers.kafka, range),
      committedOffset: async (partition) => brokers.partitionOf(servers.kafka, partition).groupOffset,
      bounds: async (partition) => brokers.partitionOf(servers.kafka, partition),
      lastEmittedSource: async (partition) => brokers.lastEmittedSource(servers.kafka, partition),
      emittedEvents: async (range) => brokers.emittedEvents(servers.kafka, range),
      partitionOf: () => 0,
      missingOutputs: async (partition) => brokers.partitionOf(servers.kafka, partition).missing,
    },

    store: {
      takeLease: async (applicant) => {
        const taken = database.takeLease(servers.postgres, applicant);
        servers.postgres = taken.postgres;
        return taken.grant;
      },
      closeRuns: async (lease, range, _claims, decide) => {
        if (lost('transaction', 'before the commit')) throw unavailable('POSTGRES');
        try {
          const writes = decide(database.read(servers.postgres, lease, range, servers.policies));
          servers.postgres = database.write(servers.postgres, lease, range, writes);
          if (lost('transaction', 'after the commit')) throw unavailable('POSTGRES');
          return writes;
        } catch (thrown) {
          throw failureOf(thrown);
        }
      },
      recordEmitted: async (lease, emittedThrough) => {
        servers.postgres = database.release(servers.postgres, lease, emittedThrough);
      },
      recordCut: async (lease) => {
        servers.postgres = database.cutShort(servers.postgres, lease);
      },
      recordAlarm: async (lease, alarm) => {
        servers.postgres = database.recordAlarm(servers.postgres, lease, alarm);
      },
      skippedRecords: async () => servers.skipped,
    },
  };
  return servers;
};

const unavailable = (server: string): Failure =>
  new Failure('transient', `${server}_UNAVAILABLE`, 'the connection was lost');
