/** Samples of the product's events and rows, taken from the servers, so that the ceiling moves the same number of bytes. */
import type { Consumer } from 'kafkajs';
import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Room } from './room.ts';
import type { MeasuredServers } from './servers.ts';

export type EmittedSample = {
  /** In base64. */
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** All inputs of the ceiling's program. */
export type CeilingPlan = {
  readonly closed: readonly EmittedSample[];
  readonly summary: readonly EmittedSample[];
  /** The bytes that are stored permanently for one command: its decision and its events, in all tables. */
  readonly rowBytes: number;
};

const SAMPLES = 500;

export const writeCeilingPlan = async (file: string, servers: MeasuredServers, room: Room): Promise<void> => {
  const [closed, summary, rowBytes] = await Promise.all([
    sampleTopic(room.names.closed, servers),
    sampleTopic(room.names.summary, servers),
    storedBytesPerCommand(room),
  ]);
  const plan: CeilingPlan = { closed, summary, rowBytes };
  await writeFile(file, JSON.stringify(plan));
};

const sampleTopic = async (topic: string, { client }: MeasuredServers): Promise<readonly EmittedSample[]> => {
  const consumer = client.consumer({ groupId: `sampling-${randomUUID()}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    return await takeSamples(consumer);
  } finally {
    await consumer.disconnect();
  }
};

const takeSamples = (consumer: Consumer): Promise<readonly EmittedSample[]> =>
  new Promise((resolve, reject) => {
    const samples: EmittedSample[] = [];
    consumer
      .run({
        eachMessage: ({ message: { value, headers = {} } }) => {
          samples.push({
            value: (value ?? Buffer.alloc(0)).toString('base64'),
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, content]) => [name, String(content)]),
            ),
          });
          if (samples.length === SAMPLES) resolve(samples);
          return Promise.resolve();
        },
      })
      .catch(reject);
  });

/** Counts only the append-only tables, because ledgers and members are updated in place. */
const storedBytesPerCommand = async ({ databaseUrl }: Room): Promise<number> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c
       WHERE c.relkind = 'r' AND c.relnamespace = 'runclose'::regnamespace AND c.relname LIKE 'decision%'`,
    );
    let bytes = 0;
    for (const { name } of tables) {
      const { rows } = await client.query<{ bytes: string }>(
        `SELECT coalesce(sum(pg_column_size(t.*)), 0) AS bytes FROM ${name} t`,
      );
      bytes += Number(rows[0]?.bytes);
    }
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM runclose.decision');
    return Math.round(bytes / Number(rows[0]?.count));
  } finally {
    await client.end();
  }
};
