import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { createSchemaIds } from '../../src/avro/schema-ids.ts';
import { createSchemaRegistry } from '../../src/avro/schema-registry.ts';
import { frame } from '../../src/avro/wire-format.ts';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { createPartitionReader } from '../../src/kafka/partition-reader.ts';
import { topicNames, type TopicNames } from '../../src/kafka/topic-names.ts';
import { aCommand } from './commands.ts';
import { until } from './condition.ts';
import { createEmptyDatabase, type TestDatabase } from './database.ts';
import { deleteSubjects, registrySettings, uniquePrefix } from './registry.ts';
import { kafkaBrokers, testKafka } from './topics.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DEADLINE_MS = 60_000;

/** A `runclose serve` of its own process. */
export type Serving = {
  readonly pid: number;
  /** What it logged so far, one object a line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly httpPort: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
};

export type Deployment = {
  readonly env: Readonly<Record<string, string>>;
  readonly names: TopicNames;
  readonly database: TestDatabase;
  /** Runs the command line to its end. */
  runclose(
    ...args: string[]
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  serve(env?: Readonly<Record<string, string>>): Promise<Serving>;
  /** Publishes commands, and bytes as they are, under the key C1 unless it is a command's own. */
  publish(...records: (Partial<RunCloseRequested> | Buffer)[]): Promise<void>;
  /** Everything read-committed in the outputs: `topic source-offset`, in the order of each partition. */
  outcomes(): Promise<string[]>;
  read(topic: string): Promise<LogRecord[]>;
  /** Waits until the group has reached the end of the input. */
  settled(): Promise<void>;
  remove(): Promise<void>;
};

/** Topics, schemas, group and database that nobody else uses, set up by the product's own command. */
export const createDeployment = async (partitions = 2): Promise<Deployment> => {
  const prefix = uniquePrefix();
  const groupId = prefix.slice(0, -1);
  const names = topicNames(prefix);
  const database = await createEmptyDatabase();
  const kafka = testKafka();
  const reader = createPartitionReader(kafka);
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const schemas = loadSchemas();
  const env = {
    KAFKA_BROKERS: kafkaBrokers().join(','),
    KAFKA_GROUP_ID: groupId,
    SCHEMA_REGISTRY_URL: registrySettings().url,
    DATABASE_URL: database.settings.url,
    TOPIC_PREFIX: prefix,
    TOPIC_PARTITIONS: String(partitions),
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
  };
  const children: ChildProcess[] = [];

  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env['PATH'], ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return { child, stdout: child.stdout, stderr: child.stderr, exited: exitOf(child) };
  };

  const runclose: Deployment['runclose'] = async (...args) => {
    const { stdout, stderr, exited } = start(args);
    const [said, noted, code] = await Promise.all([text(stdout), text(stderr), exited]);
    return { code, stdout: said, stderr: noted };
  };

  const read = async (topic: string): Promise<LogRecord[]> => {
    const counts = await reader.partitionCounts([topic]);
    const all = Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition }));
    const ranges = (await reader.bounds(all)).map(({ partition, low, high }) => ({
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

  return {
    env,
    names,
    database,
    runclose,
    serve: async (more) => {
      const { child, stdout, stderr: problems, exited } = start(['serve'], more);
      const log: Record<string, unknown>[] = [];
      createInterface({ input: stdout }).on('line', (line) =>
        log.push(JSON.parse(line) as Record<string, unknown>),
      );
      const failed = Promise.all([exited, text(problems)]).then(([left, said]) => {
        throw new Error(`serve ended with ${String(left)}: ${said}`);
      });
      failed.catch(() => undefined);
      const isServing = (entry: Readonly<Record<string, unknown>>): boolean => entry['msg'] === 'serving';
      await Promise.race([failed, until('the processor serves', () => log.some(isServing), DEADLINE_MS)]);
      return {
        pid: child.pid ?? 0,
        log,
        httpPort: Number(log.find(isServing)?.['httpPort']),
        exited,
        signal: (name) => child.kill(name),
      };
    },
    publish: async (...records) => {
      const { 'run.close.requested': id } = await ids.current();
      const { type } = schemas['run.close.requested'];
      const messages = records.map((record) => {
        if (Buffer.isBuffer(record)) return { key: 'C1', value: record };
        const command = aCommand(record);
        return { key: command.channelId, value: frame(id, type.toBuffer(command)) };
      });
      await producer.send({ topic: names.requested, messages });
    },
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
    settled: async () => {
      const reachedTheEnd = async (): Promise<boolean> => {
        const [offsets, ends] = await Promise.all([
          admin.fetchOffsets({ groupId, topics: [names.requested] }),
          admin.fetchTopicOffsets(names.requested),
        ]);
        const reached = new Map(offsets[0]?.partitions.map(({ partition, offset }) => [partition, offset]));
        return ends.every(({ partition, high }) => high === '0' || reached.get(partition) === high);
      };
      await until('the group has reached the end of the input', reachedTheEnd, DEADLINE_MS);
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

const exitOf = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
};
