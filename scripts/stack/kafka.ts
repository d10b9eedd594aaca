import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { javaCommand } from './java.ts';
import { kafkaClassPath, obtainKafka } from './kafka-jars.ts';
import { kafkaParts } from './kafka-parts.ts';
import { type KafkaNode, kafkaSettings } from './kafka-settings.ts';
import type { Progress } from './progress.ts';
import { type KafkaSecurity, probeLogin, scramOptions } from './secured/kafka-security.ts';
import type { Ports, Server } from './server.ts';

export type KafkaOptions = {
  readonly folder: string;
  readonly progress: Progress;
  /** Which broker of a cluster; by default the only broker of its own cluster. */
  readonly node?: KafkaNode;
  readonly clusterId?: string;
  /** Without it, every user of this machine may do everything. */
  readonly security?: KafkaSecurity;
  readonly usualPorts?: Ports;
  /** In the JVM's notation: `768m`. */
  readonly heap?: string;
};

/** A Kafka broker. The first one of a cluster is a controller as well, and so is a single broker. */
export const createKafka = ({
  folder,
  progress,
  node,
  clusterId = newClusterId(),
  security,
  usualPorts = [9092, 9093],
  heap = '768m',
}: KafkaOptions): Server => {
  const data = join(folder, 'data');
  const settings = join(folder, 'server.properties');

  return {
    name: 'kafka',
    title: 'Apache Kafka 4.1.0',
    usualPorts,
    stopSignals: ['SIGTERM'],
    dataFolders: [folder],

    obtain: async (signal) => {
      await obtainKafka({ progress, signal });
    },

    prepare: async (ports) => {
      mkdirSync(data, { recursive: true });
      writeFileSync(settings, kafkaSettings({ node: node ?? aloneOn(ports), ports, data, security }));
      if (!existsSync(join(data, 'meta.properties'))) await format(settings, clusterId, security);
      return {
        command: javaCommand(),
        args: ['-Xms256m', `-Xmx${heap}`, '-XX:+UseG1GC', ...jvmArguments, 'kafka.Kafka', settings],
        cwd: folder,
      };
    },

    probe: async ([port]) => {
      // Import late: while imports are linked, Node 20 cannot import modules that src/kafka removes from the cache.
      const { Kafka, logLevel } = await import('kafkajs');
      const kafka = new Kafka({
        brokers: [`127.0.0.1:${port}`],
        clientId: 'runclose-stack',
        connectionTimeout: 2000,
        requestTimeout: 2000,
        ...(security && probeLogin(security)),
        retry: { retries: 0 },
        logLevel: logLevel.NOTHING,
      });
      const admin = kafka.admin();
      try {
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        if (brokers.length === 0) throw new Error('no broker is registered yet');
      } finally {
        await admin.disconnect();
      }
    },

    variables: ([port]) => ({ KAFKA_BROKERS: `127.0.0.1:${port}` }),
  };
};

const jvmArguments = [
  '-Djava.awt.headless=true',
  `-Dlog4j2.configurationFile=${join(kafkaParts, 'log4j2.xml')}`,
  '-cp',
  kafkaClassPath,
];

const aloneOn = ([port, controllerPort = port + 1]: Ports): KafkaNode => ({
  id: 1,
  brokers: 1,
  controllerPorts: [controllerPort],
  linkedThrough: [],
});

const format = async (
  settings: string,
  clusterId: string,
  security: KafkaSecurity | undefined,
): Promise<void> => {
  await promisify(execFile)(javaCommand(), [
    ...jvmArguments,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    settings,
    ...(security === undefined ? [] : scramOptions(security)),
  ]);
};

/** Kafka's form of a UUID; a leading hyphen would look like an option. */
export const newClusterId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');
