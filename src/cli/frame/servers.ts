/**
 * The servers that commands talk to. Each is waited for as long as the setting allows, so that whoever gets one can use it; what
 * was opened is closed when the command ends.
 */
import { addressesOf } from '../../avro/registry-login.ts';
import { loadSchemas, type RecordSchemas, subjectOf } from '../../avro/schema-files.ts';
import { createSchemaRegistry, type SchemaRegistry } from '../../avro/schema-registry.ts';
import type { Config } from '../../config/config.ts';
import { createKafka, type KafkaClient, type KafkaLogger } from '../../kafka/client.ts';
import { isClosedConnection, kafkaFailure } from '../../kafka/failures.ts';
import { createPartitionReader, type PartitionReader } from '../../kafka/partition-reader.ts';
import { ping, pingPrimary } from '../../postgres/ping.ts';
import {
  createPool,
  createSmallBatchPool,
  type Database,
  type PostgresSettings,
} from '../../postgres/pool.ts';
import { Failure } from '../../processor/failure.ts';
import type { CommandContext } from './cli.ts';
import { reach, type ServerVariable } from './reach.ts';

type Waiting = Pick<Config<never>, 'startupTimeoutSeconds'>;

/** Read anew for each new connection: passwords and certificates are renewed while a command runs. */
export const databaseOf = (context: CommandContext) => (): PostgresSettings =>
  context.settings('database').database;

export const openDatabase = async (
  context: CommandContext,
  config: Waiting & Pick<Config, 'database'>,
): Promise<Database> => whenReached(context, config, await createPool(databaseOf(context), 'runclose'));

/** For `serve`: waits until a standby is promoted. */
export const openPrimary = async (
  context: CommandContext,
  config: Waiting & Pick<Config, 'database'>,
): Promise<Database> => {
  const pool = await openDatabase(context, config);
  await reachPostgres(context, config, () => pingPrimary(pool));
  return pool;
};

/** For what the processor's role may not do. */
export const openDatabaseAsOwner = async (
  context: CommandContext,
  config: Waiting & Pick<Config, 'database'>,
): Promise<Database> =>
  whenReached(context, config, await createSmallBatchPool(databaseOf(context), 'runclose'));

const whenReached = async (
  context: CommandContext,
  config: Waiting & Pick<Config, 'database'>,
  pool: Database,
): Promise<Database> => {
  context.onClose(() => pool.end());
  await reachPostgres(context, config, () => ping(pool));
  return pool;
};

/** For work that needs no pool. It may be tried more than once. */
export const reachPostgres = <T>(
  context: CommandContext,
  config: Waiting & Pick<Config, 'database'>,
  work: () => Promise<T>,
): Promise<T> =>
  wait(
    context,
    config,
    ['DATABASE_URL', `Postgres at ${new URL(config.database.url).host || 'its socket'}`],
    work,
  );

export const openKafka = async (
  context: CommandContext,
  config: Waiting & Pick<Config, 'kafka'>,
  logger?: KafkaLogger,
): Promise<KafkaClient> => {
  const kafka = createKafka(config.kafka, logger);
  await wait(context, config, ['KAFKA_BROKERS', `Kafka at ${config.kafka.brokers.join(', ')}`], async () => {
    // One try only: whoever waits here is told, and can stop it.
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      // A broker answers this request only after a login; the login itself comes before.
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

export const openReader = async (
  context: CommandContext,
  config: Waiting & Pick<Config, 'kafka'>,
): Promise<PartitionReader> => {
  const reader = createPartitionReader(await openKafka(context, config));
  context.onClose(() => reader.close());
  return reader;
};

export type Registry = {
  readonly registry: SchemaRegistry;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
};

export const openRegistry = async (
  context: CommandContext,
  config: Waiting & Pick<Config<'registry'>, 'registry' | 'topics'>,
): Promise<Registry> => {
  const registry = createSchemaRegistry(config.registry);
  const topicPrefix = config.topics.prefix;
  await wait(
    context,
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
  { output, interrupted }: CommandContext,
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
      onWaiting: (message) => output.note(message),
    },
    connect,
  );
