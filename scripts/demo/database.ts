import pg from 'pg';

export const createDatabase = (serverUrl: string, name: string): Promise<void> =>
  onServer(serverUrl, `create database ${pg.escapeIdentifier(name)}`);

/** Drops the database and ends its open sessions. */
export const dropDatabase = (serverUrl: string, name: string): Promise<void> =>
  onServer(serverUrl, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);

const onServer = async (connectionString: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query(statement);
  } catch (error) {
    throw new Error(`asking Postgres to ${statement}: ${String(error)}`, { cause: error });
  } finally {
    await client.end();
  }
};
