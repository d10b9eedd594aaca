import pg from 'pg';
import { connectionTo, type PostgresSettings } from './connection.ts';
import { beginSession } from './session-check.ts';
import { optionsOf, type SessionSettings } from './session-settings.ts';

/** One connection, for work that needs the same connection all the time. The caller ends it. */
export const openClient = async (
  settings: Pick<PostgresSettings, 'url' | 'ca'>,
  name: string,
  session: SessionSettings,
): Promise<pg.Client> => {
  const client = new pg.Client(connectionTo(settings, name, optionsOf(session)));
  // A lost connection fails the statement under way as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await beginSession(async (text) => (await client.query<Record<string, unknown>>(text)).rows, session);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
};
