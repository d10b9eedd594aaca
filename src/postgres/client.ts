import pg from 'pg';
import { dial } from './connection.ts';
import type { ServerSettings, Source } from './server-settings.ts';
import { beginSession } from './session-check.ts';
import type { SessionSettings } from './session-settings.ts';

/** One connection, for work that must not change its connection. The caller ends it. */
export const openClient = async (
  source: Source<ServerSettings>,
  name: string,
  session: SessionSettings,
): Promise<pg.Client> => {
  const { config, explain } = dial(source, name, session);
  const client = new pg.Client(config);
  // Ignored here: if the connection is lost, the statement in flight fails too.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw explain(error);
  }
  try {
    await beginSession(async (text) => (await client.query<Record<string, unknown>>(text)).rows, session);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
};
