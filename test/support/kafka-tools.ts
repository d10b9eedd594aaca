import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { javaCommand } from '../../scripts/stack/java.ts';
import { kafkaClassPath, obtainKafka } from '../../scripts/stack/kafka-jars.ts';
import { createProgress } from '../../scripts/stack/progress.ts';
import { kafkaBrokers } from './topics.ts';

/** On a busy machine, Kafka's consumer has taken more than 20 s to join its group. It ends as soon as it has read what it is asked for. */
const PATIENCE_MS = '80000';

/** Reads with Kafka's own console consumer, read-committed: one line for each of the first records. */
export const readWithKafka = async (
  topic: string,
  {
    records,
    print = [],
  }: { records: number; print?: readonly ('offset' | 'key' | 'headers' | 'timestamp')[] },
): Promise<string[]> => {
  const lines = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', kafkaBrokers().join(','), '--topic', topic],
    ...['--isolation-level', 'read_committed', '--from-beginning'],
    ...['--max-messages', String(records), '--timeout-ms', PATIENCE_MS],
    ...print.flatMap((property) => ['--property', `print.${property}=true`]),
  ]);
  return lines.split('\n').filter((line) => line !== '');
};

/**
 * Does the same for several topics, with the partition and the headers of each of the first records, but without values, which may be
 * binary.
 */
export const readHeadersWithKafka = async (
  topics: readonly string[],
  { records, brokers }: { records: number; brokers: readonly string[] },
): Promise<string[]> => {
  if (records === 0) return [];
  const lines = await runKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', brokers.join(','), '--include', topics.map(literally).join('|')],
    ...['--isolation-level', 'read_committed', '--from-beginning'],
    ...['--max-messages', String(records), '--timeout-ms', PATIENCE_MS],
    ...['partition', 'headers'].flatMap((property) => ['--property', `print.${property}=true`]),
    ...['--property', 'print.value=false'],
  ]);
  return lines.split('\n').filter((line) => line.startsWith('Partition:'));
};

/** The transactions that Kafka's own tool calls hanging: they have been open for a minute, and no producer will end them. */
export const findHangingTransactions = async (
  topic: string,
  brokers: readonly string[],
): Promise<readonly string[]> => {
  const table = await runKafkaTool('org.apache.kafka.tools.TransactionsCommand', [
    ...['--bootstrap-server', brokers.join(','), 'find-hanging'],
    ...['--topic', topic, '--max-transaction-timeout', '1'],
  ]);
  return table.split('\n').filter((line) => line.startsWith(topic));
};

const literally = (topic: string): string => topic.replaceAll('.', '\\.');

/** Kafka's own tool for a group's offsets: `--to-earliest`, `--to-offset 5`, `--delete-offsets`. The group must be empty. */
export const changeGroupOffsets = async (
  { groupId, topic, brokers }: { groupId: string; topic: string; brokers: readonly string[] },
  ...how: readonly string[]
): Promise<void> => {
  const verb = how.includes('--delete-offsets') ? [] : ['--reset-offsets', '--execute'];
  await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...['--bootstrap-server', brokers.join(','), '--group', groupId, '--topic', topic],
    ...verb,
    ...how,
  ]);
};

/** Kafka's own console producer; Java's codecs compress. */
export const writeWithKafka = async (
  topic: string,
  values: readonly string[],
  compression: 'gzip' | 'snappy' | 'lz4' | 'zstd',
): Promise<void> => {
  await runKafkaTool(
    'org.apache.kafka.tools.ConsoleProducer',
    [
      ...['--bootstrap-server', kafkaBrokers().join(','), '--topic', topic],
      ...['--compression-codec', compression, '--batch-size', '100000'],
      ...['--producer-property', 'linger.ms=50'],
    ],
    values.join('\n'),
  );
};

/** Limits the bytes a second that clients of this id may produce; null removes the limit. */
export const limitProducing = async (
  clientId: string,
  bytesPerSecond: number | null,
  brokers: readonly string[] = kafkaBrokers(),
): Promise<void> => {
  const change =
    bytesPerSecond === null
      ? ['--delete-config', 'producer_byte_rate']
      : ['--add-config', `producer_byte_rate=${String(bytesPerSecond)}`];
  await runKafkaTool('kafka.admin.ConfigCommand', [
    ...['--bootstrap-server', brokers.join(','), '--alter', '--entity-type', 'clients'],
    ...['--entity-name', clientId, ...change],
  ]);
};

/** The classes behind the scripts that the product's messages name. */
const CLASSES: Readonly<Record<string, string>> = {
  'kafka-configs.sh': 'kafka.admin.ConfigCommand',
  'kafka-consumer-groups.sh': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-transactions.sh': 'org.apache.kafka.tools.TransactionsCommand',
};

/** Runs one of Kafka's scripts, as a printed command names it. */
export const runKafkaScript = (script: string, args: readonly string[]): Promise<string> => {
  const tool = CLASSES[script];
  if (tool === undefined) throw new RangeError(`no class is known for ${script}`);
  return runKafkaTool(tool, args);
};

/** Kafka's own consumer joins the group with the newer protocol (KIP-848), until it is ended. */
export const readAsMember = (topic: string, groupId: string): { end(): Promise<void> } => {
  const java = startKafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', kafkaBrokers().join(','), '--topic', topic, '--group', groupId],
    ...['--consumer-property', 'group.protocol=consumer'],
  ]);
  java.stdout.resume();
  java.stderr.resume();
  return {
    end: async () => {
      const ended = once(java, 'close');
      java.kill();
      await ended;
    },
  };
};

const startKafkaTool = (tool: string, args: readonly string[]) =>
  spawn(javaCommand(), [
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-Dlog4j2.level=FATAL',
    '-cp',
    kafkaClassPath,
    tool,
    ...args,
  ]);

const runKafkaTool = async (tool: string, args: readonly string[], input = ''): Promise<string> => {
  await obtainKafka({ progress: createProgress(process.stderr), signal: new AbortController().signal });
  const java = startKafkaTool(tool, args);
  java.stdin.end(input);
  const [out, problems, code] = await Promise.all([
    text(java.stdout),
    text(java.stderr),
    new Promise<number | null>((resolve) => java.on('close', resolve)),
  ]);
  if (code !== 0) throw new Error(`${tool} ended with ${String(code)}: ${problems}`);
  return out;
};
