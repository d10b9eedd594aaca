/**
 * The settings of this process's Kafka client: connections, security, timeouts, and the client's own log. Creating a client opens no
 * connection.
 */
import type { ISocketFactory, Kafka as KafkaClass, KafkaConfig, LogEntry } from 'kafkajs';
import type { TlsSettings } from '../../credentials/tls-settings.ts';
import { registerCodecs } from '../compression/codecs.ts';
import { saslLogin } from '../login/sasl-login.ts';
import type { SaslSettings } from '../login/sasl-settings.ts';
import { certificateSource } from '../patches/certificate-source.ts';
import type { Cluster as ClusterType } from '../patches/kafkajs-internals.ts';
import { Cluster, createLogger, Kafka, logLevel, socketFactory } from '../patches/kafkajs.ts';
import type { ThrottlingFacts } from '../patches/told-throttling.ts';

export type KafkaSettings = {
  /** host:port */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Certificates and the key as PEM texts. An empty object: TLS with the CAs of the system. */
  readonly ssl?: TlsSettings;
  readonly sasl?: SaslSettings;
};

/**
 * A logger with pino's interface. kafkajs logs errors from which it then recovers, so these go to `debug`; errors that matter are thrown as
 * a `Failure`. Warnings of kafkajs report trouble from which kafkajs does not recover, for example a group member that gets no partition.
 * Without `warn`, warnings go to `debug`, too.
 */
export type KafkaLogger = {
  debug(facts: object, message: string): void;
  warn?(facts: object, message: string): void;
};

export type KafkaClient = Pick<KafkaClass, 'producer' | 'consumer' | 'admin'> & {
  /** Bare connections, for requests that kafkajs's consumer and admin cannot send. */
  cluster(): ClusterType;
  /** Calls the listener whenever a broker throttles one of this client's connections, with the broker and the milliseconds. */
  onThrottled(listener: ThrottleListener): void;
};

type ThrottleListener = (broker: string, ms: number) => void;

const SILENT: KafkaLogger = { debug: () => undefined };

/** An open socket then does not keep the process alive; only a request in flight does. */
export const unreferencedSockets: ISocketFactory = (options) => socketFactory()(options).unref();

export const createKafka = (
  settings: KafkaSettings,
  logger: KafkaLogger = SILENT,
  sockets: ISocketFactory = socketFactory(),
): KafkaClient => {
  registerCodecs();
  const listeners: ThrottleListener[] = [];
  const logCreator = () => (entry: LogEntry) => {
    notifyOfThrottling(listeners, entry);
    writeTo(logger, entry);
  };
  const config = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    ...(settings.ssl && { ssl: certificateSource(settings.ssl) }),
    ...(settings.sasl && { sasl: saslLogin(settings.sasl) }),
    connectionTimeout: 10_000,
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    // About three seconds. Callers that want to wait longer have their own retry loop, which can log the wait and be stopped.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: logLevel.INFO,
    logCreator,
    socketFactory: sockets,
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
        // The type wants these three stated, even as undefined.
        ssl: config.ssl,
        sasl: config.sasl,
        enforceRequestTimeout: true,
        // As in kafkajs's own consumer and producer.
        metadataMaxAge: 300_000,
        allowAutoTopicCreation: false,
      }),
  };
};

/**
 * The beginnings and ends of kafkajs 2.2.4's warnings that need no attention: settings that this program chooses, rebalances during a
 * deployment, and new partitions. Warnings that a newer kafkajs words differently would reach the log.
 */
const ROUTINE_WARNINGS =
  /switched default partitioner|^Limiting retries for the idempotent|^The group is rebalancing|, resync group$/;

/** The patch `told-throttling.ts` reports throttling as an entry of kafkajs's log, because kafkajs has no event for it. */
const notifyOfThrottling = (listeners: readonly ThrottleListener[], { log }: LogEntry): void => {
  const { throttledBy, throttledMs } = log as Partial<ThrottlingFacts>;
  if (throttledBy === undefined || throttledMs === undefined) return;
  for (const listener of listeners) listener(throttledBy, throttledMs);
};

const writeTo = (logger: KafkaLogger, { level, label, namespace, log }: LogEntry): void => {
  // The logger adds its own time.
  const { message, timestamp: _timestamp, logger: _logger, ...facts } = log;
  if (level === logLevel.WARN && logger.warn !== undefined && !ROUTINE_WARNINGS.test(message))
    logger.warn({ ...facts, kafkajs: namespace }, `kafkajs: ${message}`);
  else logger.debug({ ...facts, kafkajs: namespace, kafkajsLevel: label }, message);
};
