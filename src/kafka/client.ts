/**
 * How this process talks to Kafka: connections, security, timeouts, and what becomes of the client's own log. Creating a client
 * connects to nothing.
 */
import { readFile } from 'node:fs/promises';
import type { Kafka as KafkaClass, KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import { registerCodecs } from './codecs.ts';
import { Cluster, createLogger, Kafka, logLevel, socketFactory } from './kafkajs.ts';
import type { Cluster as ClusterType } from './kafkajs-internals.ts';
import type { ThrottlingFacts } from './patches/told-throttling.ts';

export type KafkaSettings = {
  /** host:port */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** PEM texts. */
  readonly ssl?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly passphrase?: string;
  };
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    /** The file is read anew for every connection, so that the token may be renewed in place. */
    | { readonly mechanism: 'oauthbearer'; readonly tokenFile: string };
};

/**
 * pino's shape. kafkajs logs errors that it then heals, so they are details: what matters is thrown as a `Failure`. Its warnings tell what
 * it does not heal, for example a member of a group that gets no partition.
 */
export type KafkaLogger = {
  debug(facts: object, message: string): void;
  warn?(facts: object, message: string): void;
};

export type KafkaClient = Pick<KafkaClass, 'producer' | 'consumer' | 'admin'> & {
  /** Bare connections, for what kafkajs's consumer and admin cannot do. */
  cluster(): ClusterType;
  /** Told whenever a broker throttles one of this client's connections, and for how many milliseconds. */
  onThrottled(listener: ThrottleListener): void;
};

type ThrottleListener = (broker: string, ms: number) => void;

const SILENT: KafkaLogger = { debug: () => undefined };

export const createKafka = (settings: KafkaSettings, logger: KafkaLogger = SILENT): KafkaClient => {
  registerCodecs();
  const listeners: ThrottleListener[] = [];
  const logCreator = () => routeTo(logger, listeners);
  const config = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    ...(settings.ssl && { ssl: { ...settings.ssl } }),
    ...(settings.sasl && { sasl: saslOptions(settings.sasl) }),
    connectionTimeout: 10_000,
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    // About three seconds; whoever waits longer does so around the client, where it can be told and stopped.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: logLevel.INFO,
    logCreator,
  } satisfies KafkaConfig;
  const kafka = new Kafka(config);

  return {
    producer: (options) => kafka.producer({ allowAutoTopicCreation: false, ...options }),
    consumer: (options) => kafka.consumer({ allowAutoTopicCreation: false, ...options }),
    admin: (options) => kafka.admin(options),
    onThrottled: (listener) => {
      listeners.push(listener);
    },
    cluster: () =>
      new Cluster({
        ...config,
        logger: createLogger({ level: logLevel.INFO, logCreator }),
        ssl: config.ssl,
        sasl: config.sasl,
        socketFactory: socketFactory(),
        enforceRequestTimeout: true,
        metadataMaxAge: 300_000,
        allowAutoTopicCreation: false,
      }),
  };
};

const routeTo =
  (logger: KafkaLogger, listeners: readonly ThrottleListener[]) =>
  ({ level, label, namespace, log: { message, timestamp: _, logger: __, ...facts } }: LogEntry): void => {
    const { throttledBy, throttledMs } = facts as Partial<ThrottlingFacts>;
    if (throttledBy !== undefined && throttledMs !== undefined)
      for (const listener of listeners) listener(throttledBy, throttledMs);
    if (level === logLevel.WARN && logger.warn !== undefined && !ORDINARY.test(message))
      logger.warn({ ...facts, kafkajs: namespace }, `kafkajs: ${message}`);
    else logger.debug({ ...facts, kafkajs: namespace, level: label }, message);
  };

/** Warnings about settings that this program chooses, rebalances of every deployment, and added partitions. */
const ORDINARY =
  /switched default partitioner|^Limiting retries for the idempotent|^The group is rebalancing|, resync group$/;

const saslOptions = (sasl: NonNullable<KafkaSettings['sasl']>): SASLOptions => {
  switch (sasl.mechanism) {
    case 'oauthbearer':
      return {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({ value: (await readFile(sasl.tokenFile, 'utf8')).trim() }),
      };
    case 'plain':
      return { mechanism: 'plain', username: sasl.username, password: sasl.password };
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username: sasl.username, password: sasl.password };
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username: sasl.username, password: sasl.password };
  }
};
