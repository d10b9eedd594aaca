import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sql } from 'slonik';
import { createAuthority, type Certificate } from '../../../scripts/stack/certificates/authority.ts';
import { exitCodeOf } from '../../../src/cli/frame/exit-codes.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { ping } from '../../../src/postgres/ping.ts';
import { createPool, type Database } from '../../../src/postgres/pool.ts';
import { failureOf, type Failure } from '../../../src/processor/failure.ts';
import { until } from '../../support/condition.ts';
import { startTlsPostgres, type TlsPostgres } from '../../support/tls-postgres.ts';

type Env = Readonly<Record<string, string>>;

const A_DAY = 86_400_000;

describe('A login to Postgres over TLS', function () {
  this.timeout(120_000);

  const foreign = createAuthority('somebody else');
  let folder: string;
  let postgres: TlsPostgres;
  let ca: string;
  /** With the password, over TLS. */
  let right: Env;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runclose-logins-'));
    postgres = await startTlsPostgres();
    ca = postgres.authority.certificate;
    right = { DATABASE_URL: postgres.urlOf({ user: 'app', password: 'right' }), DATABASE_SSL_CA: ca };
    await postgres.query(`
      CREATE ROLE runclose_processor NOLOGIN;
      CREATE ROLE app LOGIN PASSWORD 'right';
      CREATE ROLE certified LOGIN;
      CREATE ROLE stranger LOGIN PASSWORD 'right';
      CREATE ROLE open LOGIN PASSWORD 'right';
      CREATE ROLE locked NOLOGIN PASSWORD 'right';
      GRANT runclose_processor TO app, certified, open, locked;
      GRANT pg_read_all_stats TO runclose_processor`);
    await postgres.allow(
      'host all open 127.0.0.1/32 scram-sha-256',
      'hostssl all certified 127.0.0.1/32 cert',
      'hostssl all app,stranger,locked 127.0.0.1/32 scram-sha-256',
    );
  });

  after(async () => {
    await postgres.remove();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  const withPool = async <T>(env: Env, work: (pool: Database) => Promise<T>): Promise<T> => {
    const pool = await createPool(() => loadConfig(env, ['database']).database, 'runclose test');
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  };

  const isEncrypted = (env: Env): Promise<unknown> =>
    withPool(env, (pool) =>
      pool.oneFirst(sql.unsafe`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`),
    );

  const refusalOf = async (env: Env): Promise<Failure> => {
    let refusal: Failure | undefined;
    // A server that refuses a client's certificate may reset the connection before it can say so.
    await until('the login is refused for a reason', async () => {
      refusal = failureOf(
        await withPool(env, ping).then(
          () => new Error('let in'),
          (error: unknown) => error,
        ),
      );
      return refusal.kind !== 'transient';
    });
    return refusal!;
  };

  const certified = ({ certificate, key }: Certificate): Env => ({
    DATABASE_URL: postgres.urlOf({ user: 'certified' }),
    DATABASE_SSL_CA: ca,
    DATABASE_SSL_CERT: certificate,
    DATABASE_SSL_KEY: key,
  });
  const issue = (wish: Parameters<typeof foreign.issue>[0]): Certificate => postgres.authority.issue(wish);

  const LET_IN: Readonly<Record<string, () => Env>> = {
    'the authority of the server': () => right,
    'the file of the authority in the URL': () => ({
      DATABASE_URL: `${right['DATABASE_URL']!}?sslmode=verify-full&sslrootcert=${file('ca.pem', ca)}`,
    }),
    'verify-ca, whatever the host is called': () => ({
      ...right,
      DATABASE_URL: `${postgres.urlOf({ user: 'app', password: 'right', host: 'localhost' })}?sslmode=verify-ca`,
    }),
    'require, whatever certificate the server shows': () => ({
      DATABASE_URL: `${right['DATABASE_URL']!}?sslmode=require`,
    }),
    'TLS at once': () => ({ ...right, DATABASE_URL: `${right['DATABASE_URL']!}?sslnegotiation=direct` }),
    'a password from a file, before the one in the URL': () => ({
      ...right,
      DATABASE_URL: postgres.urlOf({ user: 'app', password: 'wrong' }),
      DATABASE_PASSWORD_FILE: file('password', 'right\r\n\n'),
    }),
    'a certificate': () => certified(issue({ commonName: 'certified' })),
    'a certificate whose key is encrypted': () => ({
      ...certified(issue({ commonName: 'certified', passphrase: 'open' })),
      DATABASE_SSL_KEY_PASSWORD: 'open',
    }),
  };
  for (const [title, env] of Object.entries(LET_IN)) {
    it(`succeeds with ${title}`, async () => expect(await isEncrypted(env())).to.equal(true));
  }

  it('is plaintext by default, and if the mode is "disable"', async () => {
    const url = postgres.urlOf({ user: 'open', password: 'right' });
    expect(await isEncrypted({ DATABASE_URL: url })).to.equal(false);
    expect(await isEncrypted({ DATABASE_URL: `${url}?sslmode=disable` })).to.equal(false);
  });

  const otherHost = () => postgres.urlOf({ user: 'app', password: 'right', host: 'localhost' });

  /** What the message says, or how it names what to change. */
  const REFUSED: Readonly<Record<string, readonly [env: () => Env, ...says: readonly RegExp[]]>> = {
    'a wrong password': [
      () => ({ ...right, DATABASE_PASSWORD: 'wrong' }),
      /"app"/,
      /check the user in DATABASE_URL, and DATABASE_PASSWORD$/,
    ],
    'a password with a space behind it': [
      () => ({ ...right, DATABASE_PASSWORD_FILE: file('spaced', 'right \n') }),
      /DATABASE_PASSWORD, which starts or ends with white space/,
    ],
    'no password': [
      () => ({ ...right, DATABASE_URL: postgres.urlOf({ user: 'app' }) }),
      /asks for a password.*set DATABASE_PASSWORD/,
    ],
    'a role that may not log in': [
      () => ({ ...right, DATABASE_URL: postgres.urlOf({ user: 'locked', password: 'right' }) }),
      /ALTER ROLE "locked" LOGIN/,
    ],
    'no such database': [
      () => ({
        ...right,
        DATABASE_URL: postgres.urlOf({ user: 'app', password: 'right', database: 'ghost' }),
      }),
      /"ghost"/,
      /create the database that DATABASE_URL names/,
    ],
    'a role that is no member of the processor’s': [
      () => ({ ...right, DATABASE_URL: postgres.urlOf({ user: 'stranger', password: 'right' }) }),
      /GRANT runclose_processor TO "stranger"/,
    ],
    plaintext: [
      () => ({ DATABASE_URL: right['DATABASE_URL']! }),
      /only encrypted connections: set DATABASE_SSL_CA, or sslmode in DATABASE_URL/,
    ],
    'a private authority that nobody named': [
      () => ({ DATABASE_URL: `${right['DATABASE_URL']!}?sslmode=verify-full` }),
      /DATABASE_SSL_CA must contain the authority/,
    ],
    'another authority': [
      () => ({ ...right, DATABASE_SSL_CA: foreign.certificate }),
      /DATABASE_SSL_CA must contain the authority/,
    ],
    'another authority, whatever the mode': [
      () => ({
        DATABASE_URL: `${right['DATABASE_URL']!}?uselibpqcompat=true&sslmode=require`,
        DATABASE_SSL_CA: foreign.certificate,
      }),
      /DATABASE_SSL_CA must contain the authority/,
    ],
    'an authority that cannot be read': [
      () => ({ ...right, DATABASE_SSL_CA: file('garbage.pem', 'garbage') }),
      /DATABASE_SSL_CA must be PEM/,
    ],
    'a missing file of the authority': [
      () => ({ DATABASE_URL: `${right['DATABASE_URL']!}?sslrootcert=${join(folder, 'missing.pem')}` }),
      /DATABASE_URL names in sslrootcert a file that cannot be read \(ENOENT\)/,
    ],
    'another host': [
      () => ({ ...right, DATABASE_URL: otherHost() }),
      /use the name in the server's certificate/,
    ],
    'another host, though the mode is "require"': [
      () => ({ ...right, DATABASE_URL: `${otherHost()}?sslmode=require` }),
      /use the name in the server's certificate/,
    ],
    'no certificate of the client': [
      () => ({ ...right, DATABASE_URL: postgres.urlOf({ user: 'certified' }) }),
      /set DATABASE_SSL_CERT and DATABASE_SSL_KEY/,
    ],
    'a certificate of somebody else’s authority': [
      () => certified(foreign.issue({ commonName: 'certified' })),
      /refuses the client's certificate \(unknown ca\).*DATABASE_SSL_CERT/,
    ],
    'an expired certificate of the client': [
      () => certified(issue({ commonName: 'certified', ...EXPIRED })),
      /DATABASE_SSL_CERT has expired/,
    ],
    'a certificate of another user': [
      () => certified(issue({ commonName: 'app' })),
      /DATABASE_SSL_CERT must be "certified"/,
    ],
    'the key of another certificate': [
      () => ({
        ...certified(issue({ commonName: 'certified' })),
        DATABASE_SSL_KEY: issue({ commonName: 'certified' }).key,
      }),
      /DATABASE_SSL_KEY is not the key of the certificate/,
    ],
  };
  for (const [title, [env, ...says]] of Object.entries(REFUSED)) {
    it(`is refused, and the message names the setting: ${title}`, async () => {
      const refusal = await refusalOf(env());
      for (const words of says) expect(refusal.message).to.match(words);
      expect(refusal.message).to.not.include('right');
      expect(exitCodeOf(refusal)).to.equal(78);
      expect(refusal.isLoginRefused, 'a processor that serves waits').to.equal(true);
    });
  }

  it('is refused if the certificate of the server has expired', async () => {
    await postgres.show(issue({ commonName: 'postgres', hosts: ['127.0.0.1'], ...EXPIRED }));
    try {
      const refusal = await refusalOf(right);
      expect(refusal.message).to.match(/certificate has expired; renew the server's certificate/);
      expect(exitCodeOf(refusal)).to.equal(78);
    } finally {
      await postgres.show(issue({ commonName: 'postgres', hosts: ['127.0.0.1'] }));
    }
    expect(await isEncrypted(right)).to.equal(true);
  });

  it('is refused if the server has no TLS, and never becomes plaintext', async () => {
    await postgres.turnTls('off');
    try {
      for (const mode of ['require', 'verify-full']) {
        const url = `${postgres.urlOf({ user: 'open', password: 'right' })}?sslmode=${mode}`;
        const refusal = await refusalOf({ DATABASE_URL: url });
        expect(refusal.message).to.match(/turn TLS on in the server, or unset .* sslmode/);
        expect(exitCodeOf(refusal)).to.equal(78);
      }
    } finally {
      await postgres.turnTls('on');
    }
  });
});

const EXPIRED = { validFrom: new Date(Date.now() - 3 * A_DAY), validUntil: new Date(Date.now() - A_DAY) };
