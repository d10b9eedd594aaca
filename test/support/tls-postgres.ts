import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import {
  createAuthority,
  type Authority,
  type Certificate,
} from '../../scripts/stack/certificates/authority.ts';
import { startOwnPostgres } from '../../scripts/stack/own-servers.ts';
import { until } from './condition.ts';
import { createServersFolder } from './own-servers.ts';

/** A Postgres with TLS, and with the authority of its certificate. */
export type TlsPostgres = {
  readonly authority: Authority;
  /** The URL for the superuser, who needs no TLS. */
  readonly url: string;
  /** `127.0.0.1` is in the server's certificate; other names of this machine are not. */
  urlOf(login: {
    readonly user: string;
    readonly password?: string;
    readonly host?: string;
    readonly database?: string;
  }): string;
  /** Runs a statement as the superuser, on a connection of its own. */
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Adds lines to pg_hba.conf, behind the line for the superuser. */
  allow(...lines: readonly string[]): Promise<void>;
  /** From now on the server shows another certificate. */
  show(certificate: Certificate): Promise<void>;
  turnTls(to: 'on' | 'off'): Promise<void>;
  remove(): Promise<void>;
};

export const startTlsPostgres = async (): Promise<TlsPostgres> => {
  const { options, remove } = createServersFolder();
  const server = await startOwnPostgres(options);
  const url = server.variables['DATABASE_URL'] ?? '';
  const authority = createAuthority('authority of a test');
  const data = join(server.folder, 'data');

  const query: TlsPostgres['query'] = async (text) => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const put = (name: string, text: string): void => {
    const path = join(data, name);
    const { uid, gid } = statSync(data);
    writeFileSync(path, text);
    chownSync(path, uid, gid);
    chmodSync(path, 0o600);
  };
  const loadedAt = async (): Promise<number> =>
    Number((await query('SELECT extract(epoch FROM pg_conf_load_time())::float8 AS at'))[0]?.['at']);
  // A session that begins after the reload uses the new settings.
  const reload = async (): Promise<void> => {
    const before = await loadedAt();
    await query('SELECT pg_reload_conf()');
    await until('the server has read its files again', async () => (await loadedAt()) > before);
  };
  const show = async ({ certificate, key }: Certificate): Promise<void> => {
    put('server.crt', certificate);
    put('server.key', key);
    await reload();
  };
  const turnTls = async (to: 'on' | 'off'): Promise<void> => {
    await query(`ALTER SYSTEM SET ssl = ${to}`);
    await reload();
  };
  const allow = async (...lines: readonly string[]): Promise<void> => {
    put('pg_hba.conf', [`host all runclose 127.0.0.1/32 scram-sha-256`, ...lines, ''].join('\n'));
    await reload();
  };

  put('authority.crt', authority.certificate);
  await query("ALTER SYSTEM SET ssl_ca_file = 'authority.crt'");
  await show(authority.issue({ commonName: 'postgres', hosts: ['127.0.0.1'] }));
  await turnTls('on');
  return {
    authority,
    url,
    urlOf: ({ user, password, host = '127.0.0.1', database = 'runclose' }) => {
      const accountUrl = new URL(`postgres://${user}@${host}:${String(server.ports[0])}/${database}`);
      if (password !== undefined) accountUrl.password = encodeURIComponent(password);
      return accountUrl.href;
    },
    query,
    allow,
    show,
    turnTls,
    remove: async () => {
      await server.stop('wipe');
      remove();
    },
  };
};
