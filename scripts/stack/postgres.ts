import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { postgresAccount } from './postgres-account.ts';
import { findPostgresHome } from './postgres-home.ts';
import type { Progress } from './progress.ts';
import { DATABASE, layOutSecurity, type PostgresSecurity } from './secured/postgres-security.ts';
import type { Account, Ports, Server } from './server.ts';

export type PostgresOptions = {
  readonly folder: string;
  readonly progress: Progress;
  /** Without it, there is no TLS, and the superuser's password is public. */
  readonly security?: PostgresSecurity;
  readonly usualPorts?: Ports;
};

const HOST = '127.0.0.1';
/** The public password does no harm, because the server listens on this machine only. */
const NO_SECRET: Login = { user: 'runclose', password: 'runclose' };

type Login = { readonly user: string; readonly password: string };

/** One PostgreSQL server with one empty database. */
export const createPostgres = ({
  folder: wanted,
  progress,
  security,
  usualPorts = [5432],
}: PostgresOptions): Server => {
  const account = postgresAccount();
  const { installation, folder } = findPostgresHome(wanted, account);
  const data = join(folder, 'data');
  const superuser = security?.superuser ?? NO_SECRET;

  return {
    name: 'postgres',
    title: 'PostgreSQL 18',
    usualPorts,
    // SIGTERM would wait for clients to leave; SIGINT ends their sessions, SIGQUIT skips the checkpoint.
    stopSignals: ['SIGINT', 'SIGQUIT'],
    dataFolders: [folder],

    obtain: async () => {
      // Nothing to fetch: PostgreSQL came with the packages.
    },

    prepare: async ([port]) => {
      if (folder !== wanted)
        progress.say(`  ${wanted} is closed to PostgreSQL's account, so its data is in ${folder}`);
      if (!existsSync(data)) await createCluster({ installation, folder, data, account, superuser });
      const settings = [
        'max_connections=300',
        'unix_socket_directories=',
        `listen_addresses=${HOST}`,
        `port=${port}`,
        ...(security === undefined ? [] : layOutSecurity(security, folder, account)),
      ];
      return {
        command: join(installation, 'bin/postgres'),
        args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
        cwd: folder,
        account,
      };
    },

    probe: async ([port]) => {
      const client = new pg.Client({
        ...superuser,
        host: HOST,
        port,
        database: DATABASE,
        ...(security && { ssl: { ca: readFileSync(security.ca, 'utf8') } }),
        connectionTimeoutMillis: 2000,
      });
      try {
        await client.connect();
        await client.query('select 1');
      } finally {
        await client.end();
      }
    },

    variables: ([port]) => ({
      DATABASE_URL: security === undefined ? urlOf(port) : secretlessUrlOf(port),
    }),
  };
};

const urlOf = (port: number): string =>
  `postgres://${NO_SECRET.user}:${NO_SECRET.password}@${HOST}:${port}/${DATABASE}`;

const secretlessUrlOf = (port: number): string =>
  `postgres://${HOST}:${port}/${DATABASE}?sslmode=verify-full`;

type Cluster = {
  readonly installation: string;
  readonly folder: string;
  readonly data: string;
  readonly account: Account | undefined;
  readonly superuser: Login;
};

/** Creates the cluster completely or not at all, so that an interrupted start leaves nothing incomplete. */
const createCluster = async ({ installation, folder, data, account, superuser }: Cluster): Promise<void> => {
  const draft = `${data}.draft`;
  const passwordFile = join(folder, 'password');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(passwordFile, superuser.password, { mode: 0o600 });
  if (account !== undefined) {
    chmodSync(folder, 0o700);
    for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid);
  }
  const identity = { cwd: folder, ...account };
  const login = [`--username=${superuser.user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const place = ['--encoding=UTF8', '--locale=C', `--pgdata=${draft}`];
  await promisify(execFile)(join(installation, 'bin/initdb'), [...login, ...place], identity);
  execFileSync(join(installation, 'bin/postgres'), ['--single', '-D', draft, 'postgres'], {
    ...identity,
    input: `create database ${DATABASE};\n`,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  rmSync(passwordFile);
  renameSync(draft, data);
};
