import type { ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Admin, Message } from 'kafkajs';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../src/avro/schema-registry.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import { topicNames, type TopicNames } from '../../src/kafka/names/topic-names.ts';
import { createPartitionReader } from '../../src/kafka/read/partition-reader.ts';
import type { LogRecord } from '../../src/kafka/records/log-record.ts';
import { frame } from '../../src/wire/frame.ts';
import { aCommand } from './commands.ts';
import { until } from './condition.ts';
import { createEmptyDatabase, type TestDatabase } from './database.ts';
import { deleteSubjects, registrySettings, uniquePrefix } from './registry.ts';
import { exitOf, followServe, startProcess, type Launch, type Serving } from './serve-process.ts';
import { kafkaBrokers, testKafka } from './topics.ts';

export { untilLogged, type Serving } from './serve-process.ts';

const DEADLINE_MS = 60_000;
const RECORDS_PER_SEND = 1_000;

type Environment = Readonly<Record<string, string>>;

/** Servers that belong to one test; by default those of the environment. */
export type Servers = {
  readonly brokers?: readonly string[];
  readonly registryUrl?: string;
  readonly database?: Pick<TestDatabase, 'name' | 'settings' | 'query' | 'remove'>;
  /** The prefix of another deployment, if the topics should have the same names. */
  readonly prefix?: string;
  /** Settings in addition to the servers' addresses. */
  readonly env?: Environment;
};

export type Deployment = {
  readonly env: Environment;
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly names: TopicNames;
  readonly database: Pick<TestDatabase, 'name' | 'settings' | 'query'>;
  readonly admin: Admin;
  /** Runs the command line to its end. */
  runclose(
    ...args: string[]
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  serve(env?: Environment, launch?: Launch): Promise<Serving>;
  /** Publishes commands with their channel's key, and unchanged bytes with the key C1. */
  publish(...records: (Partial<RunCloseRequested> | Buffer)[]): Promise<void>;
  /** Publishes unchanged records. */
  send(...messages: Message[]): Promise<void>;
  /** Publishes unchanged records to another topic. */
  sendTo(topic: string, ...messages: Message[]): Promise<void>;
  /** A command as the value of a record. */
  encode(command: Partial<RunCloseRequested>): Promise<Buffer>;
  /** All records in the outputs that a read-committed consumer sees, as `topic source-offset`, in the order of each partition. */
  outcomes(): Promise<string[]>;
  read(topic: string): Promise<LogRecord[]>;
  /** In how many partitions of the outputs a transaction is open at this moment. */
  openTransactions(): Promise<number>;
  /** Waits until the group has reached the end of the input. */
  settled(deadlineMs?: number): Promise<void>;
  remove(): Promise<void>;
};

/** Topics, schemas, group and database that nobody else uses, set up by the product's own command. */
export const createDeployment = async (partitions = 2, servers: Servers = {}): Promise<Deployment> => {
  const { brokers = kafkaBrokers(), registryUrl = registrySettings().url } = servers;
  const database = servers.database ?? (await createEmptyDatabase());
  const prefix = servers.prefix ?? uniquePrefix();
  const groupId = prefix.slice(0, -1);
  const names = topicNames(prefix);
  const kafka = testKafka(brokers);
  const reader = createPartitionReader(kafka);
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const schemas = loadSchemas();
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_GROUP_ID: groupId,
    SCHEMA_REGISTRY_URL: registryUrl,
    DATABASE_URL: database.settings.url,
    TOPIC_PREFIX: prefix,
    TOPIC_PARTITIONS: String(partitions),
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    SERVE_WORKERS: process.env['TEST_SERVE_WORKERS'] ?? '1',
    ...servers.env,
  };
  const children: ChildProcess[] = [];

  const start = (args: readonly string[], more: Environment = {}, launch: Launch = {}) => {
    const child = startProcess(args, { ...env, ...more }, launch);
    children.push(child);
    return child;
  };

  const runclose: Deployment['runclose'] = async (...args) => {
    const child = start(args);
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
    return { code, stdout, stderr };
  };

  const boundsOf = async (topic: string) => {
    const count = (await reader.partitionCounts([topic])).get(topic) ?? 0;
    return reader.bounds(Array.from({ length: count }, (_, partition) => ({ topic, partition })));
  };

  const read = async (topic: string): Promise<LogRecord[]> => {
    const ranges = (await boundsOf(topic)).map(({ partition, low, high }) => ({
      topic,
      partition,
      from: low,
      to: high,
    }));
    const records: LogRecord[] = [];
    for await (const record of reader.read(ranges)) records.push(record);
    return records;
  };

  const { code, stderr } = await runclose('setup');
  if (code !== 0) throw new Error(`setup ended with ${String(code)}: ${stderr}`);
  const registry = createSchemaRegistry(registrySettings());
  const ids = createSchemaIds({ registry, schemas, topicPrefix: prefix, topics: ['run.close.requested'] });

  const encode = async (command: Partial<RunCloseRequested>): Promise<Buffer> => {
    const { 'run.close.requested': id } = await ids.current();
    return frame(id, schemas['run.close.requested'].type.toBuffer(aCommand(command)));
  };

  const send = async (...messages: Message[]): Promise<void> => {
    for (let from = 0; from < messages.length; from += RECORDS_PER_SEND) {
      await producer.send({
        topic: names.requested,
        messages: messages.slice(from, from + RECORDS_PER_SEND),
      });
    }
  };

  return {
    env,
    brokers,
    groupId,
    names,
    database,
    admin,
    runclose,
    serve: (more, launch) => followServe(start(['serve'], more, launch)).ready,
    publish: async (...records) => {
      const messages = records.map(async (record) =>
        Buffer.isBuffer(record)
          ? { key: 'C1', value: record }
          : { key: aCommand(record).channelId, value: await encode(record) },
      );
      await send(...(await Promise.all(messages)));
    },
    send,
    sendTo: async (topic, ...messages) => {
      await producer.send({ topic, messages });
    },
    encode,
    outcomes: async () => {
      const topics = [names.closed, names.summary, names.rejected, names.deadLetters];
      const records = await Promise.all(topics.map(read));
      return records.flat().map(({ topic, headers }) => {
        const find = (name: string) => headers.findLast(([each]) => each === name)?.[1]?.toString();
        const source =
          find('source-offset') ??
          `${String(find('__connect.errors.partition'))}/${String(find('__connect.errors.offset'))}`;
        return `${topic.slice(prefix.length)} ${source.split('/').slice(-2).join('/')}`;
      });
    },
    read,
    openTransactions: async () =>
      (await boundsOf(names.closed)).filter(({ stable, high }) => stable < high).length,
    settled: async (deadlineMs = DEADLINE_MS) => {
      const reachedTheEnd = async (): Promise<boolean> => {
        const [offsets, ends] = await Promise.all([
          admin.fetchOffsets({ groupId, topics: [names.requested] }),
          admin.fetchTopicOffsets(names.requested),
        ]);
        const reached = new Map(offsets[0]?.partitions.map(({ partition, offset }) => [partition, offset]));
        return ends.every(({ partition, high }) => high === '0' || reached.get(partition) === high);
      };
      // A broker that has just come back takes a moment until it leads its partitions and coordinates its groups.
      const hasSettled = (): Promise<boolean> => reachedTheEnd().catch(() => false);
      await until('the group has reached the end of the input', hasSettled, deadlineMs);
    },
    remove: async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map(exitOf));
      await admin.deleteTopics({ topics: Object.values(names) });
      await Promise.all([admin.disconnect(), producer.disconnect(), reader.close(), deleteSubjects(prefix)]);
      await database.remove();
    },
  };
};
