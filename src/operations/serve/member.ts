import { randomUUID } from 'node:crypto';
import { createRecordCodec } from '../../avro/record-codec.ts';
import { RECORD_TOPICS } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import type { Config } from '../../config/config.ts';
import type { KafkaClient } from '../../kafka/client/client.ts';
import { createStateRecorder } from '../../kafka/consume/consumer-state.ts';
import { createInputConsumer } from '../../kafka/consume/input-consumer.ts';
import type { MemberFacts } from '../../kafka/consume/member-facts.ts';
import { createInputLog } from '../../kafka/read/input-log.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { createTransactionalOutput } from '../../kafka/produce/transactional-output.ts';
import type { HealthReport } from '../../observability/health.ts';
import { atMostOnceIn } from '../../observability/at-most-once-in.ts';
import { createLoggingObserver, type DecisionLog } from '../../observability/logging-observer.ts';
import type { Logger } from '../../observability/logging.ts';
import type { MetricValues } from '../../observability/metrics.ts';
import { observedBy } from '../../observability/observers.ts';
import { openTracing } from '../../observability/tracing/tracing.ts';
import { createDecisionStore } from '../../postgres/decision-store.ts';
import { useOf } from '../../postgres/pool-slots.ts';
import type { Database } from '../../postgres/pool.ts';
import type { Failure } from '../../processor/failure.ts';
import type { BatchHandler } from '../../processor/ports/batch-handler.ts';
import { createProcessor, type ProcessorDeps } from '../../processor/processor.ts';
import { createBreakers, type ObservableBreakers } from '../../resilience/breakers.ts';
import { createPacer } from '../../resilience/pacer.ts';
import type { Registry } from '../servers/servers.ts';
import { createBatchesInFlight } from './batches-in-flight.ts';
import { certificateExpiries } from './certificates.ts';
import { keepEventDays } from './event-days.ts';
import { createHindranceLog } from './hindrance-log.ts';
import type { MemberStatus } from './instance-status.ts';
import { createLook } from './look.ts';
import { createMemberHealth } from './member-health.ts';
import { createMetering } from './metering.ts';
import { createServerWatch } from './server-watch.ts';
import { watchForStandstill, type WatchLimits } from './standstill-watch.ts';
import { createTeardown } from './teardown.ts';
import { createTimeLimit } from './time-limit.ts';
import { createThrottleWatch } from './throttle-watch.ts';
import { createTopicWatch } from './topic-watch.ts';
import { traceSettings } from './trace-settings.ts';
import { createWaitingSearch } from './waiting-commands.ts';
import { tracedRegistry, watchedRegistry } from './watched-registry.ts';

/** Options for tests: the product uses the defaults. */
export type MemberOptions = {
  /** Creates the handler of the batches. Default: the processor. */
  readonly createHandler?: (deps: ProcessorDeps) => BatchHandler;
  /** How long a standstill without a known reason may last. */
  readonly watchLimits?: WatchLimits;
};

export type MemberDeps = MemberOptions & {
  readonly config: Config;
  /** What the member says about its process to the group. */
  readonly facts: MemberFacts;
  readonly kafka: KafkaClient;
  readonly pool: Database;
  /** The settings of the database at this moment. */
  readonly database: () => Config['database'];
  readonly registry: Registry;
  readonly logger: Logger;
  /** Whether the log tells each decision, for a person who watches. */
  readonly decisions: DecisionLog;
  readonly onFatal: (failure: Failure) => void;
};

/** A member of the consumer group. */
export type Member = {
  /** Rejects with a transient `Failure` while no broker can be reached. */
  join(): Promise<void>;
  /** Finishes the work in flight and leaves the group. False if a batch is left to the next owner. Never rejects. */
  leave(): Promise<boolean>;
  live(): Promise<HealthReport>;
  ready(): Promise<HealthReport>;
  metrics(): Promise<MetricValues>;
  /** Asks no server. */
  status(): Promise<MemberStatus>;
  /** Call this after `leave`. Never rejects. */
  close(): Promise<void>;
};

/** Builds a member, which handles batches after `join`. */
export const createMember = async (deps: MemberDeps): Promise<Member> => {
  const { config, facts, kafka, pool, logger, decisions, onFatal, createHandler = createProcessor } = deps;
  const { groupId } = config.kafka;
  const names = topicNames(config.topics.prefix);
  const topic = names.requested;
  const teardown = createTeardown();
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;

  const tracing = await openTracing(traceSettings(config.otel, facts.instance), { logger, groupId, topic });
  const shutdown = createTimeLimit(config.shutdownTimeoutSeconds * 1000);
  // Close it last, when all batches have ended.
  teardown.add(() => tracing.close(Math.min(FLUSH_MS, shutdown.left())));
  const registry = { ...deps.registry, registry: tracedRegistry(deps.registry.registry, tracing) };
  const breakers = createLoggedBreakers(logger);
  teardown.add(() => breakers.close());
  const openDependencies = (): ReturnType<typeof breakers.openDependencies> => breakers.openDependencies();
  const log = createInputLog({ client: kafka, groupId, names });
  teardown.add(() => log.close());
  const watches = {
    kafka: createServerWatch(logger, 'kafka'),
    postgres: createServerWatch(logger, 'postgres'),
    registry: createServerWatch(logger, 'registry'),
  };
  const schemaIds = createSchemaIds({
    ...registry,
    registry: watchedRegistry(registry.registry, watches.registry),
    topics: RECORD_TOPICS,
  });
  // Ask for the schema ids now, so that the first batch need not wait for the registry.
  schemaIds.current().catch(() => undefined);

  const standstills = watchForStandstill({
    logger,
    onStandstill: onFatal,
    ...(deps.watchLimits && { limits: deps.watchLimits }),
  });
  const recorder = createStateRecorder();
  let isReady = false;
  const metering = createMetering({
    breakerState: (dependency) => breakers.state(dependency),
    unavailableMs: (dependency) =>
      Math.max(breakers.failingForMs(dependency), watches[dependency].failingForMs()),
    consumer: recorder.state,
    poolUse: () => useOf(pool),
    standstillMs: standstills.longestMs,
    isReady: () => isReady,
  });
  teardown.add(() => metering.close());
  const watchThrottling = createThrottleWatch(logger);
  kafka.onThrottled((broker, ms) => {
    metering.throttled(ms);
    watchThrottling(broker, ms);
  });

  const codec = createRecordCodec({ ...registry, schemaIds });
  const batches = createBatchesInFlight();
  const handler = createHandler({
    store: createDecisionStore({ pool, groupId, topic, fingerprint: codec.fingerprint.bind(codec) }),
    codec,
    output: createTransactionalOutput({ client: kafka, groupId, names }),
    groupId,
    topic,
    newHolder: randomUUID,
    breakers,
    log,
    pacer: createPacer(stopping.signal),
    tracer: tracing.tracer,
    observer: observedBy(
      metering.observer,
      metering.ages.observer,
      createLoggingObserver(logger, { topic, decisions }),
      batches.observer,
      // A check skips Postgres while a batch is in flight, so a batch that is done ends an outage, too.
      { batchDone: () => watches.postgres.answered() },
    ),
  });
  const consumer = createInputConsumer({
    client: kafka,
    groupId,
    topic,
    facts,
    handler: batches.watch(metering.ages.watch(handler)),
    recorder,
    stopWithinMs: config.shutdownTimeoutSeconds * 1000,
    onFatal,
    onWaiting: (failure) => {
      logger.warn({ err: failure }, 'cannot read commands: trying again');
    },
    onHeartbeat: metering.heartbeat,
  });

  const watchTopics = createTopicWatch(
    () => breakers.run('kafka', () => log.anyIdentity()),
    () => consumer.readFromStart(),
  );
  // Read the topics' ids before any lease is taken, so that no later change is missed.
  await watchTopics();
  const hindrances = createHindranceLog(logger);
  const findWaiting = createWaitingSearch({ log, ages: metering.ages, batches });
  const look = createLook({
    pool,
    openDependencies,
    consumer: recorder.state,
    batches,
    // The breaker opens when Kafka is down. If nothing else calls Kafka, this check is what closes it again.
    progress: (partitions) => breakers.run('kafka', () => log.progress(partitions)),
    contents: (partitions) => breakers.run('kafka', () => log.contents(partitions)),
    onLook: (contents, progress) => {
      void watchTopics();
      // This shows whether the registry answers: an idle process sends it no other request.
      schemaIds.current().catch(() => undefined);
      hindrances.seen(contents);
      metering.looked(contents, progress);
      void findWaiting(progress);
    },
    kafka: watches.kafka,
    postgres: watches.postgres,
    isStopping,
  });
  const health = createMemberHealth({
    pool,
    schemaIds,
    openDependencies,
    consumer: recorder.state,
    batches,
    look,
    kafka: watches.kafka,
    standstills: standstills.reported,
    isStopping,
  });
  const askWhetherReady = async (): Promise<HealthReport> => {
    const report = await health.ready();
    isReady = report.status === 'ok';
    return report;
  };
  standstills.start(async () => {
    const seen = await look.look();
    void askWhetherReady();
    return seen;
  });
  teardown.add(() => standstills.stop());
  const status = (): MemberStatus => ({
    state: isStopping() ? 'draining' : recorder.state().joined ? 'member' : 'joining',
    breakers: metering.breakers(),
    partitions: metering
      .partitions()
      .map((partition) => ({ ...partition, retries: batches.retried().get(partition.partition) ?? null })),
  });
  const readCertificates = atMostOnceIn(CERTIFICATES_MS, () => certificateExpiries(deps));
  const eventDays = keepEventDays(pool, logger);
  teardown.add(() => eventDays.stop());

  return {
    join: () => {
      // Commands that come later are younger than this moment, whatever the clock of this machine says. Without an answer, the first check
      // asks again.
      void log.ends().then(
        (ends) => ends.forEach((end, partition) => metering.ages.sawEnd(partition, end)),
        () => undefined,
      );
      return consumer.start();
    },
    leave: () => {
      stopping.abort();
      shutdown.begin();
      return consumer.stop();
    },
    live: () => Promise.resolve(health.live()),
    ready: askWhetherReady,
    metrics: async () => {
      metering.certificates(await readCertificates());
      return metering.values();
    },
    status: () => Promise.resolve(status()),
    close: () => teardown.run(),
  };
};

/** A certificate that was renewed shows after this time. */
const CERTIFICATES_MS = 10_000;
/** How long a collector may take for the last traces. */
const FLUSH_MS = 3_000;

const createLoggedBreakers = (logger: Logger): ObservableBreakers =>
  createBreakers((dependency, state, failure) => {
    if (state === 'open') {
      const text = 'the server failed repeatedly: waiting until it answers again';
      logger.warn({ dependency, state, err: failure }, text);
    } else logger.info({ dependency, state }, 'the server answers again');
  });
