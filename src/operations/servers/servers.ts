/**
 * Opens connections to the servers that use cases need. Waits for each server as long as the setting allows, so that the caller can use it
 * at once. Closes the connections when the work ends.
 */
import { addressesOf } from '../../avro/registry-login.ts';
import { loadSchemas, type RecordSchemas, subjectOf } from '../../avro/schema-files.ts';
import { createSchemaRegistry, type SchemaRegistry } from '../../avro/schema-registry.ts';
import type { Config } from '../../config/config.ts';
import { createKafka, type KafkaClient, type KafkaLogger } from '../../kafka/client/client.ts';
import { isClosedConnection, kafkaFailure } from '../../kafka/client/failures.ts';
import { ping, pingPrimary } from '../../postgres/ping.ts';
import {
  createPool,
  createSmallBatchPool,
  type Database,
  type PostgresSettings,
} from '../../postgres/pool.ts';
import { Failure } from '../../processor/failure.ts';
import type { Work } from '../work.ts';
import { reach, type ServerVariable } from './reach.ts';

type Waiting = Pick<Config<never>, 'startupTimeoutSeconds'>;

/** Reads the settings for each new connection, because passwords and certificates may be renewed while the work runs. */
export const databaseOf = (work: Work) => (): PostgresSettings => work.settings('database').database;

export const openDatabase = async (
  work: Work,
  config: Waiting & Pick<Config, 'database'>,
): Promise<Database> => whenReached(work, config, await createPool(databaseOf(work), 'runclose'));

/** For `serve`: also waits until the server is not a standby. */
export const openPrimary = async (
  work: Work,
  config: Waiting & Pick<Config, 'database'>,
): Promise<Database> => {
  const pool = await openDatabase(work, config);
  await reachPostgres(work, config, () => pingPrimary(pool));
  return pool;
};

/** For work that the processor's role may not do. */
export const openDatabaseAsOwner = async (
  work: Work,
  config: Waiting & Pick<Config, 'database'>,
): Promise<Database> => whenReached(work, config, await createSmallBatchPool(databaseOf(work), 'runclose'));

const whenReached = async (
  work: Work,
  config: Waiting & Pick<Config, 'database'>,
  pool: Database,
): Promise<Database> => {
  work.onClose(() => pool.end());
  await reachPostgres(work, config, () => ping(pool));
  return pool;
};

/** Needs no pool. `connect` may run more than once. */
export const reachPostgres = <T>(
  work: Work,
  config: Waiting & Pick<Config, 'database'>,
  connect: () => Promise<T>,
): Promise<T> =>
  wait(
    work,
    config,
    ['DATABASE_URL', `Postgres at ${new URL(config.database.url).host || 'its socket'}`],
    connect,
  );

export const openKafka = async (
  work: Work,
  config: Waiting & Pick<Config, 'kafka'>,
  logger?: KafkaLogger,
): Promise<KafkaClient> => {
  const kafka = createKafka(config.kafka, logger);
  await wait(work, config, ['KAFKA_BROKERS', `Kafka at ${config.kafka.brokers.join(', ')}`], async () => {
    // No retries here: `reach` retries, and an interruption can end those retries.
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      // A broker that requires a login does not answer this request without one. With SASL, `connect` has logged in.
      if (config.kafka.sasl === undefined) await admin.describeCluster();
    } catch (error) {
      throw connectionFailure(error, config.kafka);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  });
  return kafka;
};

/** A broker that does not understand a connection closes it without an error. */
const connectionFailure = (error: unknown, { ssl, sasl }: Config['kafka']): Failure => {
  const failure = kafkaFailure(error, 'connecting');
  if (!isClosedConnection(error)) return failure;
  const missing = [
    ...(ssl === undefined ? ['if the broker speaks TLS at this port, set KAFKA_SSL or KAFKA_SSL_CA'] : []),
    ...(sasl === undefined ? ['if the broker asks for a login, set KAFKA_SASL_MECHANISM'] : []),
    ...(ssl?.cert === undefined ? [] : ['check that the broker accepts the certificate in KAFKA_SSL_CERT']),
  ];
  const message = [`${failure.message}: the broker closed the connection`, ...missing].join('; ');
  return new Failure(failure.kind, failure.code, message, { cause: failure });
};

export type Registry = {
  readonly registry: SchemaRegistry;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
};

export const openRegistry = async (
  work: Work,
  config: Waiting & Pick<Config<'registry'>, 'registry' | 'topics'>,
): Promise<Registry> => {
  const registry = createSchemaRegistry(config.registry);
  const topicPrefix = config.topics.prefix;
  await wait(
    work,
    config,
    [
      'SCHEMA_REGISTRY_URL',
      `Schema registry at ${addressesOf(config.registry)
        .map(({ origin }) => origin)
        .join(', ')}`,
    ],
    () => registry.versions(subjectOf(topicPrefix, 'run.closed')),
  );
  return { registry, schemas: loadSchemas(), topicPrefix };
};

const wait = <T>(
  { note, interrupted }: Work,
  { startupTimeoutSeconds }: Waiting,
  [variable, server]: readonly [ServerVariable, string],
  connect: () => Promise<T>,
): Promise<T> =>
  reach(
    {
      server,
      variable,
      timeoutSeconds: startupTimeoutSeconds,
      signal: interrupted,
      onWaiting: note,
    },
    connect,
  );
