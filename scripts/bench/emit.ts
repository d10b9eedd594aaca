import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Message } from 'kafkajs';
import { openHistoryFile } from '../../src/avro/history-file.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { createKafka, type KafkaClient } from '../../src/kafka/client/client.ts';
import { asMessageHeaders } from '../../src/kafka/records/headers.ts';
import { topicNames } from '../../src/kafka/names/topic-names.ts';
import { writeMadeHistory } from '../history/made-history.ts';
import { provideServers } from '../stack/provide.ts';
import type { Part, PartDeps } from './part.ts';
import { runProgram } from './run-program.ts';

const SIZES = { quick: [20_000], usual: [200_000], full: [200_000, 800_000] } as const;
const CHANNELS = 2_000;
const SEED = 7;
/** As many as in a transaction of `replay emit`. */
const TRANSACTION_EVENTS = 4_000;
const REQUEST_EVENTS = 1_000;

/** Measures `replay emit` of a topic's events. The reference writes the same records from memory, in transactions of the same size. */
export const emit: Part = async (deps) => {
  const { progress, signal, size } = deps;
  const servers = await provideServers(progress, signal);
  try {
    const rows = [];
    for (const commands of SIZES[size]) rows.push(await measure(commands, servers.variables, deps));
    return [
      {
        part: 'replay emit',
        beside:
          'plain: the same records from memory, by a transactional producer a partition; emit: the command from start to end',
        rows,
      },
    ];
  } finally {
    await servers.release();
  }
};

const measure = async (
  commands: number,
  variables: Readonly<Record<string, string>>,
  { folder, progress, signal }: PartDeps,
): Promise<Readonly<Record<string, number>>> => {
  const file = join(folder, 'events.avro');
  progress.say(`Making a history of ${String(commands)} commands…`);
  await writeMadeHistory(file, { commands, channels: CHANNELS, seed: SEED });
  const partitions = await readClosed(file);
  const events = partitions.reduce((sum, messages) => sum + messages.length, 0);

  const prefix = `bench-${randomUUID().slice(0, 8)}.`;
  const source = topicNames(prefix).closed;
  const [plain, copies] = [`${prefix}plain`, `${prefix}copies`];
  const client = createKafka({ brokers: (variables['KAFKA_BROKERS'] ?? '').split(','), clientId: 'bench' });
  const admin = client.admin();
  await admin.connect();
  try {
    const topics = [source, plain, copies].map((topic) => ({ topic, numPartitions: partitions.length }));
    await admin.createTopics({ waitForLeaders: true, topics });
    progress.say(`Writing ${String(events)} events…`);
    await write(client, source, partitions);
    signal.throwIfAborted();
    const begun = performance.now();
    await write(client, plain, partitions);
    const seconds = (performance.now() - begun) / 1000;
    progress.say('Emitting them again…');
    const emitting = await runProgram(
      ['dist/cli/main.js', 'replay', 'emit', '--to-topic', copies, '--no-database', '--yes'],
      { folder, signal, env: { ...variables, TOPIC_PREFIX: prefix, KAFKA_GROUP_ID: prefix.slice(0, -1) } },
    );
    const copied = await admin.fetchTopicOffsets(copies);
    if (copied.every(({ high }) => high === '0')) throw new Error('nothing was emitted');
    return {
      events,
      'plain a second': events / seconds,
      'a second': events / emitting.seconds,
      'of plain': seconds / emitting.seconds,
      'most MB': emitting.maxRssBytes / 2 ** 20,
    };
  } finally {
    await admin.deleteTopics({ topics: [source, plain, copies] }).catch(() => undefined);
    await admin.disconnect();
  }
};

/** The `run.closed` events of a history, by partition. */
const readClosed = async (path: string): Promise<readonly Message[][]> => {
  const file = await openHistoryFile(path, loadSchemas());
  const partitions: Message[][] = file.facts.ranges.map(() => []);
  try {
    for await (const steps of file.steps()) {
      for (const step of steps) {
        for (const { kind, record } of step.kind === 'command' ? step.emitted : []) {
          if (kind !== 'run.closed') continue;
          const { key, value, headers, partition } = record;
          partitions[partition]?.push({ key, value, partition, headers: asMessageHeaders(headers) });
        }
      }
    }
  } finally {
    await file.close();
  }
  return partitions;
};

const write = async (
  client: KafkaClient,
  topic: string,
  partitions: readonly (readonly Message[])[],
): Promise<void> => {
  await Promise.all(
    partitions.map(async (messages, partition) => {
      const producer = client.producer({
        transactionalId: `${topic}.${String(partition)}`,
        maxInFlightRequests: 1,
        retry: { initialRetryTime: 10 },
      });
      await producer.connect();
      for (let begin = 0; begin < messages.length; begin += TRANSACTION_EVENTS) {
        const transaction = await producer.transaction();
        const end = Math.min(begin + TRANSACTION_EVENTS, messages.length);
        for (let at = begin; at < end; at += REQUEST_EVENTS)
          await transaction.send({ topic, messages: messages.slice(at, Math.min(at + REQUEST_EVENTS, end)) });
        await transaction.commit();
      }
      await producer.disconnect();
    }),
  );
};
