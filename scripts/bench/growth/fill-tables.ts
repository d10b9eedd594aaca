import pg from 'pg';

/** SQL expressions by column; `n` counts from 1. Columns that are not named keep the value of the row that is copied. */
type Changes = Readonly<Record<string, string>>;

/**
 * Adds stored decisions, as if `count` commands had been decided long ago. They are copies of an existing decision, with other channels and
 * another source.
 */
export const fillDecisions = (databaseUrl: string, count: number, channels: number): Promise<void> =>
  withClient(databaseUrl, async (client) => {
    const ids = {
      channel_id: `'C' || lpad((n % ${String(channels)})::text, 6, '0')`,
      command_id: `'old-' || n`,
      run_id: `'old-run-' || n`,
      source_id: '-1',
      source_offset: 'n',
    };
    await copyOneRow(client, 'decision', count, ids);
    await copyOneRow(client, 'decision_event', count, ids);
  });

/** Adds members of one channel who have not ordered for a long time. They are copies of an existing member. */
export const fillMembers = (databaseUrl: string, count: number): Promise<void> =>
  withClient(databaseUrl, (client) =>
    copyOneRow(client, 'channel_member', count, { user_id: `'old-' || n` }),
  );

const copyOneRow = async (
  client: pg.Client,
  table: string,
  count: number,
  changes: Changes,
): Promise<void> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = ('runclose.' || $1)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  const columns = rows.map(({ name }) => name);
  await client.query(
    `INSERT INTO runclose.${table} (${columns.join(', ')})
     SELECT ${columns.map((name) => changes[name] ?? `copied.${name}`).join(', ')}
     FROM (SELECT * FROM runclose.${table} LIMIT 1) AS copied, generate_series(1, $1::bigint) AS n`,
    [count],
  );
  await client.query(`VACUUM ANALYZE runclose.${table}`);
};

const withClient = async (
  connectionString: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
};
