/**
 * The ceiling: kafkajs alone, without patches. For each batch of commands, it inserts one row a command with one statement, and sends two
 * events a command and the group's offset in one transaction. It decodes nothing and decides nothing. This is a program of its own:
 *
 *     node --import tsx scripts/bench/serve/ceiling.ts plan.json
 *
 * Its settings are the product's, except where other settings are faster: it takes each fetched batch whole and sends both topics in one
 * request.
 */
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type EachBatchPayload, type Producer } from 'kafkajs';
import pg from 'pg';
import { byteaArray } from '../../../src/postgres/binary-arrays.ts';
import { readPlan, sampleAt, type SampleEvent } from './emitted-samples.ts';

const { KAFKA_BROKERS = '', KAFKA_GROUP_ID = '', TOPIC_PREFIX = '', DATABASE_URL = '' } = process.env;
const { closed, summary, rowBytes } = readPlan(process.argv[2] ?? '');
const row = randomBytes(rowBytes);

const input = `${TOPIC_PREFIX}run.close.requested`;
const kafka = new Kafka({
  clientId: 'ceiling',
  brokers: KAFKA_BROKERS.split(','),
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 10, maxRetryTime: 1_000, retries: 8 },
});
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS ceiling (row bytea) WITH (toast_tuple_target = 8160);
  ALTER TABLE ceiling ALTER COLUMN row SET STORAGE EXTERNAL`);

const producers = new Map<number, Promise<Producer>>();
const producerOf = (partition: number): Promise<Producer> => {
  const known = producers.get(partition);
  if (known !== undefined) return known;
  const producer = kafka.producer({
    transactionalId: `${KAFKA_GROUP_ID}-${String(partition)}`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  const connected = producer.connect().then(() => producer);
  producers.set(partition, connected);
  return connected;
};

const workThrough = async ({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> => {
  const { partition, messages } = batch;
  const producer = await producerOf(partition);
  await pool.query('INSERT INTO ceiling SELECT * FROM unnest($1::bytea[])', [
    byteaArray(messages.map(() => row)).data,
  ]);
  const events = (of: readonly SampleEvent[]) =>
    messages.map(({ key }, index) => ({ key, partition, ...sampleAt(of, index) }));
  const transaction = await producer.transaction();
  await transaction.sendBatch({
    topicMessages: [
      { topic: `${TOPIC_PREFIX}run.closed`, messages: events(closed) },
      { topic: `${TOPIC_PREFIX}run.summary`, messages: events(summary) },
    ],
  });
  const end = String(Number(batch.lastOffset()) + 1);
  await transaction.sendOffsets({
    consumerGroupId: KAFKA_GROUP_ID,
    topics: [{ topic: input, partitions: [{ partition, offset: end }] }],
  });
  await transaction.commit();
  resolveOffset(batch.lastOffset());
  await heartbeat();
};

const consumer = kafka.consumer({
  groupId: KAFKA_GROUP_ID,
  maxWaitTimeInMs: 250,
  maxBytesPerPartition: 1024 * 1024,
  maxBytes: 16 * 1024 * 1024,
});
process.on('SIGTERM', () => process.exit());
await consumer.connect();
await consumer.subscribe({ topics: [input], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: 128,
  eachBatch: workThrough,
});
