import pg from 'pg';
import { createRunClosePublisher } from 'runclose';
import { OUTBOX_TABLE, relay } from './outbox.ts';

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = '', OUTBOX_DATABASE_URL } = process.env;

const ended = new AbortController();
process.once('SIGTERM', () => {
  ended.abort();
});
const pool = new pg.Pool({ connectionString: OUTBOX_DATABASE_URL });
pool.on('error', (error) => {
  process.emitWarning(error);
});
await using publisher = createRunClosePublisher({
  kafka: { brokers: KAFKA_BROKERS.split(','), clientId: 'outbox-relay' },
  registry: { url: SCHEMA_REGISTRY_URL },
  topicPrefix: TOPIC_PREFIX,
  // An invalid command must not hold up the table: the processor rejects it, and its event says why.
  invalidCommands: 'publish',
});
await pool.query(OUTBOX_TABLE);
await relay(pool, publisher, ended.signal);
await pool.end();
