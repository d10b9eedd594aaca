/**
 * A driver for slonik, on `pg`. It does four things that slonik's own driver cannot do:
 * - It gives up on a server that no longer answers (a cut network, a stopped process): it destroys the socket, and never waits for the
 *   server when it closes a connection.
 * - It notices if a COMMIT was answered with ROLLBACK.
 * - It can be created while the server is down. slonik's own driver connects at once, to look up types.
 * - It sends session settings and TCP keepalives.
 *
 * Each connection prepares a statement once, under a name. This needs little memory, because every text is a constant of this folder.
 * `bigint` becomes a number, and `bigint[]` a list of numbers, or the query fails; `timestamptz` becomes milliseconds.
 */
import { Socket } from 'node:net';
import pg from 'pg';
import { BackendTerminatedError, createDriverFactory, type DriverCommand, type DriverFactory } from 'slonik';
import type { Dialling } from './connection.ts';
import { integerList } from './integer-lists.ts';
import type { Ask } from './session-check.ts';

/**
 * @param next called before each new connection
 * @param silence milliseconds without an answer, after which the server counts as gone
 * @param begin runs on each new connection before its first use; if it fails, the connection is closed
 */
export const createDriver = (
  next: () => Dialling,
  silence: number,
  begin: (ask: Ask) => Promise<void>,
): DriverFactory =>
  createDriverFactory(async () => ({
    createPoolClient: async ({ clientEventEmitter }) => {
      const { config, explain } = next();
      const socket = new Socket();
      const client = new pg.Client({ ...config, stream: () => socket, types: { getTypeParser } });
      const names = createStatementNames();
      let running = 0;
      let ended = false;
      // Tell slonik only if no query runs: a running query fails by itself, and its failure closes the connection. If slonik hears of both,
      // it fails to close the connection, and the pool loses that connection's place for good.
      client.on('error', (error) => {
        if (running === 0 && !ended) clientEventEmitter.emit('error', new BackendTerminatedError(error));
      });

      const query = async (text: string, values?: unknown[]) => {
        const silent = setTimeout(() => {
          socket.destroy(new Error(`no answer within ${silence} ms`));
        }, silence);
        running += 1;
        try {
          const name = values === undefined ? {} : { name: names(text), values };
          const result = await client.query<Record<string, unknown>>({ text, ...name });
          if (text === 'COMMIT' && result.command !== 'COMMIT') throw new CommitRefused();
          return {
            command: result.command as DriverCommand,
            fields: result.fields.map(({ dataTypeID, name }) => ({ dataTypeId: dataTypeID, name })),
            rowCount: result.rowCount,
            rows: result.rows,
          };
        } catch (error) {
          throw endsConnection(error) ? new BackendTerminatedError(error) : error;
        } finally {
          running -= 1;
          clearTimeout(silent);
        }
      };

      return {
        connect: async () => {
          try {
            await client.connect().catch((error: unknown) => {
              throw explain(error);
            });
            await begin(async (text) => (await query(text)).rows);
          } catch (error) {
            socket.destroy();
            throw error;
          }
        },
        end: async () => {
          ended = true;
          const slow = setTimeout(() => socket.destroy(), 1_000);
          await client.end();
          clearTimeout(slow);
        },
        query,
        stream: () => {
          throw new Error('streams are not supported by this driver');
        },
      };
    },
  }));

const createStatementNames = (): ((text: string) => string) => {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = `q${names.size}`;
    names.set(text, name);
    return name;
  };
};

const INT8 = 20;
const INT4_ARRAY = 1007;
const INT8_ARRAY = 1016;
const TIMESTAMPTZ = 1184;

const parserOf = pg.types.getTypeParser as (oid: number, format?: string) => (text: string) => unknown;

const getTypeParser = ((oid: number, format?: string) => {
  const parse = parserOf(oid, format);
  switch (oid) {
    case INT8:
      return safeInteger;
    case INT4_ARRAY:
    case INT8_ARRAY:
      return integerList;
    case TIMESTAMPTZ:
      return (text: string) => (parse(text) as Date).getTime();
  }
  return parse;
}) as typeof pg.types.getTypeParser;

const safeInteger = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`Postgres sent the number ${text}, which is beyond ±(2^53−1)`);
  return value;
};

/** The transaction had already failed, so the server rolled it back. Postgres does not report this as an error. */
class CommitRefused extends Error {
  readonly code = '25P02';
  constructor() {
    super('Postgres answered COMMIT with ROLLBACK');
  }
}

/** The SQLSTATEs with which Postgres ends a session. The severity (FATAL, PANIC) is not enough: it comes in the server's language. */
const ENDED = /^(08|57P|25P0[34])/;

/** If slonik knows that a connection is gone, it sends no ROLLBACK, whose failure would hide the original error. */
const endsConnection = (error: unknown): error is Error =>
  error instanceof pg.DatabaseError
    ? ENDED.test(error.code ?? '') || error.severity === 'FATAL' || error.severity === 'PANIC'
    : error instanceof Error && !(error instanceof CommitRefused) && !(error instanceof RangeError);
