import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { javaCommand } from '../../stack/java.ts';
import { kafkaClassPath } from '../../stack/kafka-jars.ts';
import { guardProcess } from '../../stack/process-guard.ts';
import { CONSOLE_PROPERTIES, parseConsoleLine } from './console-line.ts';
import type { LogRecord } from './evidence.ts';

/** Kafka's own console consumer, reading one topic read-committed from its beginning until it is closed. */
export interface ConsoleReader {
  /** Each record once; the records of a partition in order. */
  records: () => LogRecord[];
  /** The records that were read twice with different content. */
  contradictions: () => readonly string[];
  /** How many records were read. */
  count: () => number;
  /** The greatest offset seen of each partition. */
  reached: (partition: number) => number;
  close: () => Promise<void>;
}

export type ConsoleReaderOptions = {
  readonly topic: string;
  readonly brokers: string;
  readonly logFile: string;
};

export const startConsoleReader = ({ topic, brokers, logFile }: ConsoleReaderOptions): ConsoleReader => {
  const child = spawn(
    javaCommand(),
    [...JVM, 'org.apache.kafka.tools.consumer.ConsoleConsumer', ...argumentsFor(topic, brokers)],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid);
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  child.stderr.pipe(createWriteStream(logFile));
  const partitions = new Map<number, Map<number, LogRecord>>();
  const greatest = new Map<number, number>();
  const contradictions: string[] = [];
  const large = new Map<string, Buffer>();
  let closing = false;

  const take = (record: LogRecord): void => {
    const { partition, offset } = record;
    const records = partitions.get(partition) ?? new Map<number, LogRecord>();
    partitions.set(partition, records);
    const before = records.get(offset);
    const last = greatest.get(partition) ?? -1;
    if (before === undefined) {
      if (offset < last) contradictions.push(`${topic}/${partition}/${offset} appeared behind ${last}`);
      records.set(offset, record);
      greatest.set(partition, Math.max(offset, last));
    } else if (!isSame(before, record)) {
      // A consumer that has lost its position reads some records again. They must be the same.
      contradictions.push(`${topic}/${partition}/${offset} was read twice, with different content`);
    }
  };

  createInterface({ input: child.stdout.setEncoding('latin1') }).on('line', (line) => {
    // The last line of a killed consumer may be incomplete.
    if (closing) return;
    try {
      take(sharing(parseConsoleLine(line)));
    } catch (error) {
      contradictions.push(`reading ${topic}: ${String(error)}`);
    }
  });

  /** Keeps a large value once, however many records have it. */
  const sharing = (record: LogRecord): LogRecord => {
    if (record.value === null || record.value.length < LARGE_BYTES) return record;
    const digest = hash('sha256', record.value, 'hex');
    const value = large.get(digest) ?? record.value;
    large.set(digest, value);
    return { ...record, value };
  };

  return {
    records: () =>
      [...partitions]
        .sort(([a], [b]) => a - b)
        .flatMap(([, records]) => [...records.values()].sort((a, b) => a.offset - b.offset)),
    contradictions: () => contradictions,
    count: () => [...partitions.values()].reduce((sum, records) => sum + records.size, 0),
    reached: (partition) => greatest.get(partition) ?? -1,
    close: async () => {
      closing = true;
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exited;
      }
      guard?.dismiss();
    },
  };
};

const LARGE_BYTES = 1024 * 1024;

/** Small and quick to start, because several JVMs run at the same time. A batch of 72 MiB when decompressed still fits. */
const JVM = [
  '-Xmx320m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dlog4j2.level=ERROR',
  '-cp',
  kafkaClassPath,
];

const argumentsFor = (topic: string, brokers: string): string[] => [
  ...['--bootstrap-server', brokers, '--topic', topic],
  ...['--isolation-level', 'read_committed', '--from-beginning'],
  ...CONSOLE_PROPERTIES.flatMap((property) => ['--property', property]),
  // Read added partitions soon, and keep a poll small enough for a small heap.
  ...['metadata.max.age.ms=3000', 'fetch.max.bytes=4194304', 'max.poll.records=2000'].flatMap((property) => [
    '--consumer-property',
    property,
  ]),
];

const isSame = ({ value, ...record }: LogRecord, { value: otherValue, ...other }: LogRecord): boolean =>
  JSON.stringify(record) === JSON.stringify(other) &&
  (value === null || otherValue === null ? value === otherValue : value.equals(otherValue));
