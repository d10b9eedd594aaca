import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { postgresAccount } from './postgres-account.ts';
import { findPostgresHome } from './postgres-home.ts';
import type { Progress } from './progress.ts';
import type { Account, Server } from './server.ts';

/** User, password and database alike: it listens on this machine only. */
const NAME = 'runclose';

/** One PostgreSQL server with one empty database. */
export const createPostgres = ({
  folder: wanted,
  progress,
}: {
  folder: string;
  progress: Progress;
}): Server => {
  const account = postgresAccount();
  const { installation, folder } = findPostgresHome(wanted, account);
  const data = join(folder, 'data');

  return {
    name: 'postgres',
    title: 'PostgreSQL 18',
    usualPorts: [5432],
    // SIGTERM would wait for clients to leave; SIGINT ends their sessions, SIGQUIT skips the checkpoint.
    stopSignals: ['SIGINT', 'SIGQUIT'],
    dataFolders: [folder],

    obtain: async () => {
      // It came with the packages.
    },

    prepare: async ([port]) => {
      if (folder !== wanted)
        progress.say(`  ${wanted} is closed to PostgreSQL's account, so its data is in ${folder}`);
      if (!existsSync(data)) await createCluster({ installation, folder, data, account });
      const settings = [
        'max_connections=300',
        'unix_socket_directories=',
        'listen_addresses=127.0.0.1',
        `port=${port}`,
      ];
      return {
        command: join(installation, 'bin/postgres'),
        args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
        cwd: folder,
        account,
      };
    },

    probe: async ([port]) => {
      const client = new pg.Client({ connectionString: urlOf(port), connectionTimeoutMillis: 2000 });
      try {
        await client.connect();
        await client.query('select 1');
      } finally {
        await client.end();
      }
    },

    variables: ([port]) => ({ DATABASE_URL: urlOf(port) }),
  };
};

const urlOf = (port: number): string => `postgres://${NAME}:${NAME}@127.0.0.1:${port}/${NAME}`;

type Cluster = { installation: string; folder: string; data: string; account: Account | undefined };

/** Complete or not at all, so that an interrupted start leaves nothing half made. */
const createCluster = async ({ installation, folder, data, account }: Cluster): Promise<void> => {
  const draft = `${data}.draft`;
  const passwordFile = join(folder, 'password');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(passwordFile, NAME, { mode: 0o600 });
  if (account !== undefined) {
    chmodSync(folder, 0o700);
    for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid);
  }
  const identity = { cwd: folder, ...account };
  const login = [`--username=${NAME}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const place = ['--encoding=UTF8', '--locale=C', `--pgdata=${draft}`];
  await promisify(execFile)(join(installation, 'bin/initdb'), [...login, ...place], identity);
  execFileSync(join(installation, 'bin/postgres'), ['--single', '-D', draft, 'postgres'], {
    ...identity,
    input: `create database ${NAME};\n`,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  rmSync(passwordFile);
  renameSync(draft, data);
};
