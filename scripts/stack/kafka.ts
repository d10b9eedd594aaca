import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireJava } from './java.ts';
import { kafkaClassPath, kafkaParts, obtainKafka } from './kafka-jars.ts';
import type { Progress } from './progress.ts';
import type { Server } from './server.ts';

/** One Kafka broker that is its own controller. */
export const createKafka = ({ folder, progress }: { folder: string; progress: Progress }): Server => {
  const data = join(folder, 'data');
  const settings = join(folder, 'server.properties');

  return {
    name: 'kafka',
    title: 'Apache Kafka 4.1.0',
    usualPorts: [9092, 9093],
    stopSignals: ['SIGTERM'],
    dataFolders: [folder],

    obtain: async (signal) => {
      requireJava();
      await obtainKafka({ progress, signal });
    },

    prepare: async ([port, controllerPort = port + 1]) => {
      mkdirSync(data, { recursive: true });
      writeFileSync(settings, properties({ port, controllerPort, data }));
      if (!existsSync(join(data, 'meta.properties'))) await format(settings);
      return {
        command: 'java',
        args: ['-Xms256m', '-Xmx768m', '-XX:+UseG1GC', ...jvmArguments, 'kafka.Kafka', settings],
        cwd: folder,
      };
    },

    probe: async ([port]) => {
      // Not before it is needed: Node 20 cannot import what src/kafka takes out of the cache while the imports are linked.
      const { Kafka, logLevel } = await import('kafkajs');
      const kafka = new Kafka({
        brokers: [`127.0.0.1:${port}`],
        clientId: 'runclose-stack',
        connectionTimeout: 2000,
        requestTimeout: 2000,
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

const format = async (settings: string): Promise<void> => {
  await promisify(execFile)('java', [
    ...jvmArguments,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId(),
    '-c',
    settings,
  ]);
};

/** Kafka's form of a UUID; a leading hyphen would look like an option. */
const clusterId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

const properties = ({
  port,
  controllerPort,
  data,
}: {
  port: number;
  controllerPort: number;
  data: string;
}): string => `\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# One broker, and few partitions for its own topics: the first transaction waits until they all exist.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# The default takes 128 MB of the heap.
log.cleaner.dedupe.buffer.size=16777216
`;
