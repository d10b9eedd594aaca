/**
 * The design of the usual tutorial, for comparison: for each message, decode it, store it in one Postgres transaction, then send twice.
 * kafkajs commits offsets by itself, so after a crash some commands are decided and emitted twice. This is a program of its own:
 *
 *     node --import tsx scripts/bench/serve/per-message.ts plan.json
 */
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { loadSchemas } from '../../../src/avro/schema-files.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { readPlan, sampleAt } from './emitted-samples.ts';

const { KAFKA_BROKERS = '', KAFKA_GROUP_ID = '', TOPIC_PREFIX = '', DATABASE_URL = '' } = process.env;
const { closed, summary, rowBytes } = readPlan(process.argv[2] ?? '');
const row = randomBytes(rowBytes);
const type = loadSchemas()['run.close.requested'].type;

const kafka = new Kafka({
  clientId: 'per-message',
  brokers: KAFKA_BROKERS.split(','),
  logLevel: logLevel.NOTHING,
});
const client = new pg.Client({ connectionString: DATABASE_URL });
await client.connect();
await client.query(`
  CREATE TABLE channel (channel_id text PRIMARY KEY, runs bigint NOT NULL);
  CREATE TABLE run (channel_id text, run_id text, row bytea, PRIMARY KEY (channel_id, run_id))`);

const store = async ({ channelId, runId }: RunCloseRequested): Promise<void> => {
  await client.query('BEGIN');
  await client.query(
    `INSERT INTO channel VALUES ($1, 1) ON CONFLICT (channel_id) DO UPDATE SET runs = channel.runs + 1 RETURNING runs`,
    [channelId],
  );
  await client.query('INSERT INTO run VALUES ($1, $2, $3)', [channelId, runId, row]);
  await client.query('COMMIT');
};

const producer = kafka.producer();
const consumer = kafka.consumer({ groupId: KAFKA_GROUP_ID });
process.on('SIGTERM', () => process.exit());
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [`${TOPIC_PREFIX}run.close.requested`], fromBeginning: true });
let count = 0;
await consumer.run({
  autoCommitThreshold: 50,
  eachMessage: async ({ message: { key, value } }) => {
    // Skip the wire format's five bytes.
    await store(type.fromBuffer((value ?? Buffer.alloc(0)).subarray(5)) as RunCloseRequested);
    await producer.send({
      topic: `${TOPIC_PREFIX}run.closed`,
      messages: [{ key, ...sampleAt(closed, count) }],
    });
    await producer.send({
      topic: `${TOPIC_PREFIX}run.summary`,
      messages: [{ key, ...sampleAt(summary, count) }],
    });
    count += 1;
  },
});
