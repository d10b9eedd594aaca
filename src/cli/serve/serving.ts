import { randomUUID } from 'node:crypto';
import { createRecordCodec } from '../../avro/record-codec.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import type { Config } from '../../config/config.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import { createClusterConnection } from '../../kafka/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/cluster-id.ts';
import { createInputConsumer } from '../../kafka/input-consumer.ts';
import { createInputLog } from '../../kafka/input-log.ts';
import { topicNames } from '../../kafka/topic-names.ts';
import { createTransactionalOutput } from '../../kafka/transactional-output.ts';
import { liveness, readiness } from '../../observability/health.ts';
import { startHttpServer } from '../../observability/http-server.ts';
import { createLoggingObserver } from '../../observability/logging-observer.ts';
import type { Logger } from '../../observability/logging.ts';
import { createMetricsObserver } from '../../observability/metrics-observer.ts';
import { createMetrics } from '../../observability/metrics.ts';
import { observedBy } from '../../observability/observers.ts';
import { createDecisionStore } from '../../postgres/decision-store.ts';
import type { Database } from '../../postgres/pool.ts';
import type { Failure } from '../../processor/failure.ts';
import { createProcessor } from '../../processor/processor.ts';
import { createBreakers } from '../../resilience/breakers.ts';
import { createPacer } from '../../resilience/pacer.ts';
import type { Registry } from '../frame/servers.ts';
import { version } from '../frame/version.ts';
import { keepEventDays } from './event-days.ts';
import { createHealthWatch } from './health-watch.ts';
import { requireDatabase, requireSchemas, requireTopics } from './startup-checks.ts';

export type ServingDeps = {
  readonly config: Config;
  readonly kafka: KafkaClient;
  readonly pool: Database;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly onFatal: (failure: Failure) => void;
};

export type Serving = {
  /** Where the HTTP endpoints listen. */
  readonly httpPort: number;
  /** Finishes what is under way and lets go of everything. Never rejects. */
  stop(): Promise<void>;
};

/** Puts the processor together and starts it. Rejects, with nothing left running, where something is not set up. */
export const startServing = async (deps: ServingDeps): Promise<Serving> => {
  const { config, kafka, pool, registry, logger, onFatal } = deps;
  const { groupId } = config.kafka;
  const names = topicNames(config.topics.prefix);
  const topic = names.requested;
  const stopping = new AbortController();

  const connection = createClusterConnection(kafka);
  const schemaIds = createSchemaIds({ ...registry, topics: RECORD_TOPICS });
  const clusterId = await connection
    .run('asking for the cluster id', fetchClusterId)
    .then(async (id) => {
      await requireTopics(connection, names);
      await requireDatabase(pool, id, topic);
      await requireSchemas(schemaIds);
      return id;
    })
    .finally(() => connection.close());

  const breakers = createBreakers((dependency, state) => {
    logger.warn(
      { dependency, state },
      state === 'open' ? 'a server fails: waiting for it' : 'the server is back',
    );
  });
  const metrics = createMetrics({ version, breakerState: (dependency) => breakers.state(dependency) });
  const metricsObserver = createMetricsObserver(metrics);
  const codec = createRecordCodec({ ...registry, schemaIds });
  const log = createInputLog({ client: kafka, groupId, names });
  const health = createHealthWatch({
    pool,
    schemaIds,
    openDependencies: () => breakers.openDependencies(),
    consumer: () => consumer.state(),
    isStopping: () => stopping.signal.aborted,
  });
  const processor = createProcessor({
    store: createDecisionStore({
      pool,
      clusterId,
      groupId,
      topic,
      fingerprint: (type) => codec.fingerprint(type),
    }),
    codec,
    breakers,
    groupId,
    topic,
    output: createTransactionalOutput({ client: kafka, groupId, names }),
    log,
    newHolder: randomUUID,
    pacer: createPacer(stopping.signal),
    observer: observedBy(metricsObserver, createLoggingObserver(logger), health.observer),
  });

  const consumer = createInputConsumer({
    client: kafka,
    groupId,
    topic,
    handler: health.watch(processor),
    onFatal,
  });
  const http = await startHttpServer({
    ...config.http,
    live: () => Promise.resolve(liveness(health.liveness())),
    ready: async () => readiness(await health.readiness()),
    exposition: () => {
      const { partitions } = consumer.state();
      metricsObserver.assigned(partitions.map(({ partition }) => partition));
      for (const { partition, lag } of partitions) if (lag !== null) metricsObserver.lagging(partition, lag);
      return metrics.exposition();
    },
  });
  const eventDays = keepEventDays(pool, logger);

  const stop = async (): Promise<void> => {
    stopping.abort();
    eventDays.stop();
    await consumer.stop();
    await http.close();
    await log.close();
    breakers.close();
  };

  try {
    await consumer.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { httpPort: http.port, stop };
};
