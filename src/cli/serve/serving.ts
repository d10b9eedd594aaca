import { randomUUID } from 'node:crypto';
import { createRecordCodec } from '../../avro/record-codec.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds, type SchemaIds } from '../../avro/schema-ids.ts';
import type { Config } from '../../config/config.ts';
import { reveal } from '../../credentials/secret.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import { createInputConsumer } from '../../kafka/input-consumer.ts';
import { createInputLog } from '../../kafka/input-log.ts';
import { type TopicNames, topicNames } from '../../kafka/topic-names.ts';
import { createTransactionalOutput } from '../../kafka/transactional-output.ts';
import { liveness, readiness } from '../../observability/health.ts';
import { startHttpServer } from '../../observability/http-server.ts';
import { createLoggingObserver } from '../../observability/logging-observer.ts';
import type { Logger } from '../../observability/logging.ts';
import { observedBy } from '../../observability/observers.ts';
import { createDecisionStore } from '../../postgres/decision-store.ts';
import type { Database } from '../../postgres/pool.ts';
import type { Failure } from '../../processor/failure.ts';
import type { BatchHandler } from '../../processor/ports/batch-handler.ts';
import { createProcessor, type ProcessorDeps } from '../../processor/processor.ts';
import { createBreakers, type ObservableBreakers } from '../../resilience/breakers.ts';
import { createPacer } from '../../resilience/pacer.ts';
import type { Registry } from '../../operations/servers/servers.ts';
import { keepEventDays } from './event-days.ts';
import { createHealthWatch } from './health-watch.ts';
import { createHindranceLog } from './hindrance-log.ts';
import { createMetering } from './metering.ts';
import { createThrottleWatch } from './throttle-watch.ts';
import { watchForStandstill, type WatchLimits } from './standstill-watch.ts';
import { requireSetUp } from './startup-checks.ts';
import { createServerWatch } from './server-watch.ts';
import { watchedRegistry } from './watched-registry.ts';
import { createTopicWatch } from './topic-watch.ts';

export type ServingDeps = {
  readonly config: Config;
  readonly kafka: KafkaClient;
  readonly pool: Database;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly onFatal: (failure: Failure) => void;
  /** What brings the batches through; the processor unless told. */
  readonly createHandler?: (deps: ProcessorDeps) => BatchHandler;
  /** How long it may stand still without a reason. */
  readonly watchLimits?: WatchLimits;
};

export type Serving = {
  /** Where the HTTP endpoints listen. */
  readonly httpPort: number;
  /** Joins the group. Rejects with a transient `Failure` while no broker can be reached. */
  join(): Promise<void>;
  /** Finishes what is under way and lets go of everything. False where a batch is left to the next owner. Never rejects. */
  stop(): Promise<boolean>;
};

/** Puts the processor together; it works once it has joined. Rejects, with nothing left running, if something is not set up. */
export const startServing = async (deps: ServingDeps): Promise<Serving> => {
  const { config, kafka, pool, registry, logger, onFatal, createHandler = createProcessor } = deps;
  const { groupId } = config.kafka;
  const names = topicNames(config.topics.prefix);
  const schemaIds = createSchemaIds({
    ...registry,
    registry: watchedRegistry(registry.registry, createServerWatch(logger, 'registry')),
    topics: RECORD_TOPICS,
  });
  const principal = await principalOf(config.kafka);
  await requireSetUp({ kafka, pool, schemaIds, names, groupId, prefix: config.topics.prefix, principal });

  const stopping = new AbortController();
  const breakers = createLoggedBreakers(logger);
  const log = createInputLog({ client: kafka, groupId, names });
  const hindrances = createHindranceLog(logger);
  const metering = createMetering({ breakers, consumer: () => consumer.state() });
  const watchThrottling = createThrottleWatch(logger);
  kafka.onThrottled((broker, ms) => {
    metering.throttled(ms);
    watchThrottling(broker, ms);
  });
  const health = createHealthWatch({
    pool,
    schemaIds,
    openDependencies: () => breakers.openDependencies(),
    consumer: () => consumer.state(),
    // Behind the breaker: it opens where Kafka is away and nothing else asks, and this look is the probe that closes it.
    progress: (partitions) => breakers.run('kafka', () => log.progress(partitions)),
    contents: (partitions) => breakers.run('kafka', () => log.contents(partitions)),
    onLook: (contents, progress) => {
      void watchTopics();
      // An idle process sends no other request to the registry.
      schemaIds.current().catch(() => undefined);
      hindrances.seen(contents);
      metering.looked(contents, progress);
    },
    kafka: createServerWatch(logger, 'kafka'),
    postgres: createServerWatch(logger, 'postgres'),
    standstills: () => watch.reported(),
    isStopping: () => stopping.signal.aborted,
  });
  const watchTopics = createTopicWatch(
    () => breakers.run('kafka', () => log.anyIdentity()),
    () => {
      consumer.readFromStart();
    },
  );
  const handler = createHandler({
    ...adaptersOf(deps, { names, schemaIds }),
    breakers,
    log,
    pacer: createPacer(stopping.signal),
    observer: observedBy(metering.observer, createLoggingObserver(logger), health.observer),
  });
  const consumer = createInputConsumer({
    client: kafka,
    groupId,
    topic: names.requested,
    handler: health.watch(handler),
    stopWithinMs: config.shutdownTimeoutSeconds * 1000,
    onFatal,
    onWaiting: (failure) => {
      logger.warn({ err: failure }, 'cannot read commands: trying again');
    },
  });
  const watch = watchForStandstill({
    look: health.look,
    logger,
    onStandstill: onFatal,
    ...(deps.watchLimits && { limits: deps.watchLimits }),
  });
  // Before any lease is taken, so that no change goes unseen.
  await watchTopics();
  const http = await startHttpServer({
    ...config.http,
    live: () => Promise.resolve(liveness(health.liveness())),
    ready: async () => readiness(await health.readiness()),
    exposition: metering.exposition,
  }).catch((error: unknown) => {
    watch.stop();
    breakers.close();
    throw error;
  });
  const eventDays = keepEventDays(pool, logger);

  const stop = async (): Promise<boolean> => {
    stopping.abort();
    watch.stop();
    eventDays.stop();
    const drained = await consumer.stop();
    await http.close();
    await log.close();
    breakers.close();
    return drained;
  };

  return { httpPort: http.port, join: () => consumer.start(), stop };
};

/** With a certificate or a token, only the brokers know the principal. */
const principalOf = async ({ sasl }: Config['kafka']): Promise<string | null> =>
  sasl !== undefined && 'username' in sasl ? reveal(sasl.username, 'KAFKA_SASL_USERNAME') : null;

type SetUp = {
  readonly names: TopicNames;
  readonly schemaIds: SchemaIds;
};

/** The servers, as the processor sees them. */
const adaptersOf = (
  { config, kafka, pool, registry }: ServingDeps,
  { names, schemaIds }: SetUp,
): Pick<ProcessorDeps, 'store' | 'codec' | 'output' | 'groupId' | 'topic' | 'newHolder'> => {
  const { groupId } = config.kafka;
  const topic = names.requested;
  const codec = createRecordCodec({ ...registry, schemaIds });
  const fingerprint = codec.fingerprint.bind(codec);
  return {
    store: createDecisionStore({ pool, groupId, topic, fingerprint }),
    codec,
    output: createTransactionalOutput({ client: kafka, groupId, names }),
    groupId,
    topic,
    newHolder: randomUUID,
  };
};

const createLoggedBreakers = (logger: Logger): ObservableBreakers =>
  createBreakers((dependency, state, failure) => {
    logger.warn(
      { dependency, state, ...(failure && { err: failure }) },
      state === 'open' ? 'a server fails: waiting for it' : 'the server is back',
    );
  });
