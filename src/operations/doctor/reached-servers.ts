import { addressesOf } from '../../avro/registry-login.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import { createSchemaRegistry } from '../../avro/schema-registry.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { Config, ConfigPart } from '../../config/config.ts';
import { createKafka, type KafkaClient } from '../../kafka/client/client.ts';
import { tryBrokerAddresses } from '../../kafka/client/broker-addresses.ts';
import { type ClusterConnection, createClusterConnection } from '../../kafka/client/cluster-connection.ts';
import { createPartitionReader, type PartitionReader } from '../../kafka/read/partition-reader.ts';
import { pingPrimary } from '../../postgres/ping.ts';
import type { Database } from '../../postgres/pool.ts';
import { failureOf } from '../../processor/failure.ts';
import { openDatabase, openKafka, openRegistry, type Registry } from '../servers/servers.ts';
import { ServerUnreachable } from '../servers/reach.ts';
import type { Work } from '../work.ts';
import { checkBrokers } from './checks/brokers.ts';
import { type Finding, type FindingCode, found, ok, SETUP } from './findings.ts';

export type Server = 'Kafka' | 'the registry' | 'Postgres';

export type OpenKafka = {
  readonly config: Config<'kafka'>;
  readonly client: KafkaClient;
  readonly connection: ClusterConnection;
  readonly reader: PartitionReader;
  /** The addresses in the metadata of the cluster, as host:port. */
  readonly advertised: readonly string[];
};

export type OpenRegistry = Registry & { readonly config: Config<'registry'> };

export type OpenPostgres = { readonly config: Config<'database'>; readonly pool: Database };

/** A server that the checks can use; null if it is not reachable, or if its settings are wrong. */
export type ReachedServers = {
  readonly kafka: OpenKafka | null;
  readonly registry: OpenRegistry | null;
  readonly postgres: OpenPostgres | null;
};

type Reached<T> = { readonly server: T | null; readonly findings: readonly Finding[] };

/** A server that does not answer within this time counts as away. Short, because a person waits. */
const PATIENCE_SECONDS = 5;

/** Opens each server by itself, so that the others are examined if one is away. Never rejects. */
export const reachServers = async (
  work: Work,
): Promise<{ readonly servers: ReachedServers; readonly findings: readonly Finding[] }> => {
  const quiet = { ...work, note: () => undefined };
  const [kafka, registry, postgres] = await Promise.all([
    reachKafka(quiet),
    reachRegistry(quiet),
    reachPostgres(quiet),
  ]);
  return {
    servers: { kafka: kafka.server, registry: registry.server, postgres: postgres.server },
    findings: [...kafka.findings, ...registry.findings, ...postgres.findings],
  };
};

const reachKafka = async (work: Work): Promise<Reached<OpenKafka>> => {
  const config = configOrNull(work, 'kafka');
  if (config === null) return NOT_SET;
  const { brokers } = config.kafka;
  const tried = await eachAddress(brokers, (broker) =>
    answers(work, { ...config, kafka: { ...config.kafka, brokers: [broker] } }),
  );
  const findings = tried.failures.map(([broker, thrown]) =>
    tried.opened.length === 0 || failureOf(thrown).isLoginRefused
      ? unreachable(thrown, ['kafka-unreachable', 'kafka-login-refused'])
      : oneAway(`the broker at ${broker}`, 'KAFKA_BROKERS'),
  );
  if (tried.opened.length === 0) return { server: null, findings };
  const client = createKafka({ ...config.kafka, brokers: tried.opened });
  const cluster = await tryBrokerAddresses(client).catch(() => []);
  findings.push(...checkBrokers(cluster));
  if (cluster.length > 0 && cluster.every(({ refused }) => refused !== null))
    return { server: null, findings };
  const [connection, reader] = [createClusterConnection(client), createPartitionReader(client)];
  work.onClose(() => connection.close());
  work.onClose(() => reader.close());
  const advertised = cluster.map(({ address }) => address);
  return {
    server: { config, client, connection, reader, advertised },
    findings: [...findings, ok('reachability', `Kafka at ${tried.opened.join(', ')} answers`)],
  };
};

/** An address also answers if only the brokers that its metadata names cannot be reached. Rejects otherwise. */
const answers = async (work: Work, config: Config<'kafka'>): Promise<void> => {
  try {
    await openKafka(work, config);
  } catch (thrown) {
    const cluster = await tryBrokerAddresses(createKafka(config.kafka)).catch(() => []);
    if (cluster.every(({ refused }) => refused === null)) throw thrown;
  }
};

const reachRegistry = async (work: Work): Promise<Reached<OpenRegistry>> => {
  const config = configOrNull(work, 'registry');
  if (config === null) return NOT_SET;
  const addresses = addressesOf(config.registry).map(({ href }) => href);
  const tried = await eachAddress(addresses, (url) =>
    openRegistry(work, { ...config, registry: { ...config.registry, url } }),
  );
  const findings = tried.failures.map(([url, thrown]) =>
    tried.opened.length === 0
      ? unreachable(thrown, ['registry-unreachable', 'registry-login-refused'])
      : oneAway(`the registry at ${new URL(url).origin}`, 'SCHEMA_REGISTRY_URL'),
  );
  if (tried.opened.length === 0) return { server: null, findings };
  const settings = { ...config, registry: { ...config.registry, url: tried.opened.join(',') } };
  const registry = createSchemaRegistry(settings.registry);
  const origins = tried.opened.map((url) => new URL(url).origin).join(', ');
  return {
    server: { registry, schemas: loadSchemas(), topicPrefix: config.topics.prefix, config: settings },
    findings: [...findings, ok('reachability', `the schema registry at ${origins} answers`)],
  };
};

const reachPostgres = async (work: Work): Promise<Reached<OpenPostgres>> => {
  const config = configOrNull(work, 'database');
  if (config === null) return NOT_SET;
  try {
    const pool = await openDatabase(work, config);
    await pingPrimary(pool);
    const host = new URL(config.database.url).host || 'its socket';
    return { server: { config, pool }, findings: [ok('reachability', `Postgres at ${host} answers`)] };
  } catch (thrown) {
    const { code, message } = failureOf(thrown);
    if (code === 'POSTGRES_STANDBY')
      return {
        server: null,
        findings: [
          found('reachability', 'postgres-standby', message, {
            advice:
              'name the primary in DATABASE_URL. Promote this standby only if the former primary is stopped',
          }),
        ],
      };
    if (code === 'POSTGRES_MISCONFIGURED' && message.includes(SETUP))
      return { server: null, findings: [found('reachability', 'schema-too-old', message)] };
    const other: FindingCode =
      code === 'POSTGRES_MISCONFIGURED' && !isLogin(message)
        ? 'postgres-misconfigured'
        : 'postgres-login-refused';
    return { server: null, findings: [unreachable(thrown, ['postgres-unreachable', other])] };
  }
};

const isLogin = (message: string): boolean => message.startsWith('logging in ');

const NOT_SET = { server: null, findings: [] };

/** Null if the settings are wrong, which `checkConfiguration` reports. */
export const configOrNull = <P extends ConfigPart>(work: Work, part: P): Config<P> | null => {
  try {
    const config = work.settings(part);
    return { ...config, startupTimeoutSeconds: Math.min(config.startupTimeoutSeconds, PATIENCE_SECONDS) };
  } catch (thrown) {
    if (thrown instanceof ConfigError) return null;
    throw thrown;
  }
};

const eachAddress = async (addresses: readonly string[], open: (address: string) => Promise<unknown>) => {
  const opened: string[] = [];
  const failures: [string, unknown][] = [];
  await Promise.all(
    addresses.map((address) =>
      open(address).then(
        () => void opened.push(address),
        (thrown: unknown) => void failures.push([address, thrown]),
      ),
    ),
  );
  return { opened: addresses.filter((it) => opened.includes(it)), failures };
};

const unreachable = (thrown: unknown, [away, refused]: readonly [FindingCode, FindingCode]): Finding => {
  const failure = failureOf(thrown);
  return failure instanceof ServerUnreachable || failure.kind === 'transient'
    ? found('reachability', away, failure.message, {
        advice: 'start the server, or correct the address in the settings',
      })
    : found('reachability', refused, failure.message, { advice: 'the message says what to correct' });
};

const oneAway = (server: string, variable: string): Finding =>
  found('reachability', 'address-unreachable', `${server} does not answer`, {
    advice: `start it, or take it out of ${variable}`,
  });
