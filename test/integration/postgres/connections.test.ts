import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { createPool as createSlonikPool, sql } from 'slonik';
import { createDriver } from '../../../src/postgres/driver.ts';
import { ping } from '../../../src/postgres/ping.ts';
import { createPool, type Database } from '../../../src/postgres/pool.ts';
import { createTestDatabase, databaseUrl, queryAsOwner, type TestDatabase } from '../../support/database.ts';
import { failureFrom } from './batches.ts';

describe('connections to Postgres', () => {
  let database: TestDatabase;
  let pool: Database;

  before(async () => {
    database = await createTestDatabase();
    pool = await database.openPool(2);
  });

  after(async () => {
    await pool.end();
    await database.remove();
  });

  const show = async (setting: string): Promise<unknown> =>
    pool.oneFirst(sql.unsafe`SELECT current_setting(${setting}, true)`);

  const pingAt = async (url: string) => {
    const other = await createPool({ url, poolSize: 1 }, 'runclose test');
    try {
      return await failureFrom(ping(other));
    } finally {
      await other.end();
    }
  };

  it('carry the role, the schema and the time budgets', async () => {
    expect(await show('role')).to.equal('runclose_processor');
    expect(await show('search_path')).to.equal('runclose');
    expect(await show('application_name')).to.equal('runclose test');
    expect(await show('lock_timeout')).to.equal('2s');
    expect(await show('statement_timeout')).to.equal('5s');
    expect(await show('idle_in_transaction_session_timeout')).to.equal('5s');
    expect(await show('tcp_user_timeout')).to.equal('10000');
    const version = Number(await show('server_version_num'));
    expect(await show('transaction_timeout')).to.equal(version >= 170_000 ? '12s' : null);
  });

  it('keep them when they are used again, and whatever the URL asks for', async () => {
    const url = new URL(database.settings.url);
    url.searchParams.set('options', '-c statement_timeout=0 -c work_mem=5MB');
    const other = await createPool({ url: url.href, poolSize: 1 }, 'runclose test');
    try {
      await other.query(sql.unsafe`SELECT 1`);
      const row: unknown = await other.one(sql.unsafe`
        SELECT current_user::text AS role, current_setting('statement_timeout') AS budget,
          current_setting('work_mem') AS memory`);
      expect(row).to.deep.equal({ role: 'runclose_processor', budget: '5s', memory: '5MB' });
    } finally {
      await other.end();
    }
  });

  it('give bigints as numbers, refuse those that are none, and give times as milliseconds', async () => {
    const value = (text: string) => pool.oneFirst(sql.unsafe`SELECT ${text}::bigint`);
    expect(await value('-9007199254740991')).to.equal(-9_007_199_254_740_991);
    expect(await failureFrom(value('9007199254740992'))).to.have.property(
      'message',
      'Postgres sent the number 9007199254740992, which is beyond ±(2^53−1)',
    );
    expect(await pool.oneFirst(sql.unsafe`SELECT timestamptz '2026-01-05 08:15:00.25+01'`)).to.equal(
      Date.UTC(2026, 0, 5, 7, 15, 0, 250),
    );
  });

  it('notice a commit that is answered with a rollback', async () => {
    const failure = await failureFrom(
      pool.transaction(async (transaction) => {
        await transaction.query(sql.unsafe`SELECT 1 / 0`).catch(() => undefined);
      }),
    );
    expect(failure.message).to.equal('Postgres answered COMMIT with ROLLBACK');
  });

  it('give up on a statement that takes more than five seconds', async () => {
    const failure = await failureFrom(pool.query(sql.unsafe`SELECT pg_sleep(60)`));
    expect(failure.message).to.contain('statement timeout');
  });

  it('are opened again after the server has ended all of them', async () => {
    await Promise.all([ping(pool), ping(pool)]);
    await queryAsOwner(
      'postgres',
      `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = $1`,
      [database.name],
    );
    await ping(pool).catch(() => undefined);
    await Promise.all([ping(pool), ping(pool), ping(pool)]);
  });

  it('say that a server is away, and that this may pass', async () => {
    const failure = await pingAt('postgres://nobody:secret@127.0.0.1:1/none');
    expect(failure).to.include({ kind: 'transient', code: 'POSTGRES_UNAVAILABLE' });
    expect(failure.message).to.equal('reaching Postgres: connect ECONNREFUSED 127.0.0.1:1');
  });

  it('say that a name cannot be found, and that this may pass', async () => {
    expect(await pingAt('postgres://nobody:secret@no-such-host.invalid/none')).to.include({
      kind: 'transient',
      code: 'POSTGRES_UNAVAILABLE',
    });
  });

  it('let nobody wait for a free one for ever while the server is away', async () => {
    const other = await createPool(
      { url: 'postgres://nobody:secret@127.0.0.1:1/none', poolSize: 2 },
      'runclose test',
    );
    try {
      const failures = await Promise.all(Array.from({ length: 7 }, () => failureFrom(ping(other))));
      expect(failures.map(({ code }) => code)).to.deep.equal(Array(7).fill('POSTGRES_UNAVAILABLE'));
    } finally {
      await other.end();
    }
  });

  it('say what is wrong with the configuration, without the password', async () => {
    const attempts = [
      [databaseUrl(database.name, { name: 'nobody_known', password: 'secret' }), /DATABASE_URL/],
      [databaseUrl('no_such_database'), /no_such_database.*create the database/],
    ] as const;
    for (const [url, message] of attempts) {
      const failure = await pingAt(url);
      expect(failure).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
      expect(failure.message).to.match(message);
      expect(failure.message).not.to.contain('secret');
    }
  });

  describe('with a server that falls silent', () => {
    let server: Server;
    let url: string;
    const sockets: Socket[] = [];

    before((done) => {
      // Lets anybody in, and answers nothing.
      server = createServer((socket) => {
        sockets.push(socket);
        let step = 0;
        socket.on('error', () => undefined);
        socket.on('data', () => {
          step += 1;
          if (step === 1) socket.write(Buffer.from([...AUTHENTICATED, ...READY]));
        });
      }).listen(0, '127.0.0.1', () => {
        const address = server.address();
        url = `postgres://u:p@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/d`;
        done();
      });
    });

    after((done) => {
      for (const socket of sockets) socket.destroy();
      server.close(done);
    });

    it('give up after a while, close without its help, and leave their place to others', async () => {
      const { hostname, port } = new URL(url);
      const silent = await createSlonikPool(url, {
        driverFactory: createDriver(
          () => ({
            config: { host: hostname, port: Number(port), user: 'u', password: 'p', database: 'd' },
            explain: (error) => error,
          }),
          150,
          () => Promise.resolve(),
        ),
        maximumPoolSize: 1,
        resetConnection: () => Promise.resolve(),
      });
      for (let attempt = 0; attempt < 3; attempt++) {
        expect(await failureFrom(ping(silent))).to.deep.include({
          kind: 'transient',
          code: 'POSTGRES_UNAVAILABLE',
          message: 'reaching Postgres: no answer within 150 ms',
        });
      }
      await silent.end();
    });
  });
});

const message = (type: string, ...body: readonly number[]): readonly number[] => [
  type.charCodeAt(0),
  0,
  0,
  0,
  body.length + 4,
  ...body,
];

const AUTHENTICATED = message('R', 0, 0, 0, 0);
const READY = message('Z', 'I'.charCodeAt(0));
