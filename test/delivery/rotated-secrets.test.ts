import { rmSync, mkdtempSync, writeFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAuthority, type Certificate } from '../../scripts/stack/certificates/authority.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { databaseAt } from '../support/database.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { startTlsPostgres, type TlsPostgres } from '../support/tls-postgres.ts';

const A_DAY = 86_400_000;
const EXPIRED = { validFrom: new Date(Date.now() - 3 * A_DAY), validUntil: new Date(Date.now() - A_DAY) };

describe('secrets and rights of Postgres that change while a processor serves', function () {
  this.timeout(150_000);
  const folder = mkdtempSync(join(tmpdir(), 'runclose-secrets-'));
  let postgres: TlsPostgres;
  let deployment: Deployment;
  let serving: Serving;
  let published = 0;

  /** As secret stores do: the old file or the new one, never half of it. */
  const replace = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
    return path;
  };
  const replaceOwn = ({ certificate, key }: Certificate) => ({
    DATABASE_SSL_CERT: replace('client.pem', certificate),
    DATABASE_SSL_KEY: replace('client.key', key),
  });
  const serverCertificate = (wish = {}) =>
    postgres.authority.issue({ commonName: 'postgres', hosts: ['127.0.0.1'], ...wish });
  const ownCertificate = (wish = {}) => postgres.authority.issue({ commonName: 'processor', ...wish });

  const endSessions = () =>
    postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'runclose'",
    );
  const publishMore = async (count: number): Promise<void> => {
    await deployment.publish(...manyCommands(count, published));
    published += count;
  };
  const createLogin = (password: string) =>
    postgres.query(
      `CREATE ROLE processor LOGIN PASSWORD '${password}'; GRANT runclose_processor TO processor`,
    );

  before(async () => {
    postgres = await startTlsPostgres();
    deployment = await createDeployment(2, { database: databaseAt(postgres.url) });
    await createLogin('first');
    await postgres.allow('hostssl all processor 127.0.0.1/32 scram-sha-256 clientcert=verify-ca');
    serving = await deployment.serve({
      DATABASE_URL: postgres.urlOf({ user: 'processor' }),
      DATABASE_PASSWORD_FILE: replace('password', 'first\n'),
      DATABASE_SSL_CA: replace('authority.pem', postgres.authority.certificate),
      ...replaceOwn(ownCertificate({ passphrase: 'open' })),
      DATABASE_SSL_KEY_PASSWORD: 'open',
    });
  });
  after(async () => {
    await deployment.remove();
    await postgres.remove();
    rmSync(folder, { recursive: true });
  });
  afterEach('all promises are kept, and the process is the same', async () => {
    await deployment.settled();
    await expectPromisesKept(deployment);
    expect(await Promise.race([serving.exited, Promise.resolve('alive')])).to.equal('alive');
  });

  const statusOf = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${String(serving.httpPort)}${path}`)).status;

  /** Commands are not decided until it is mended, and the log says which setting to change. */
  const isOutage = async (
    saying: RegExp,
    breakIt: () => Promise<unknown>,
    mend: () => unknown,
  ): Promise<void> => {
    const before = serving.log.length;
    await breakIt();
    await endSessions();
    await publishMore(100);
    await until(`${String(saying)} is logged`, () =>
      serving.log
        .slice(before)
        .some(({ err }) => saying.test(String((err as { message?: string } | undefined)?.message))),
    );
    expect(await statusOf('/health/live')).to.equal(200);
    // An answer may be a second old.
    await until('it is not ready', async () => (await statusOf('/health/ready')) === 503);
    await mend();
    await deployment.settled();
    await until('it is ready again', async () => (await statusOf('/health/ready')) === 200);
  };

  it('are read again for each new connection, under load', async () => {
    await publishMore(300);
    for (const password of ['second', 'third']) {
      const publishing = publishMore(600);
      await postgres.query(`ALTER ROLE processor PASSWORD '${password}'`);
      replace('password', `${password}\n`);
      replaceOwn(ownCertificate({ passphrase: 'open' }));
      await endSessions();
      await publishing;
      await endSessions();
      await publishMore(100);
      await deployment.settled();
    }
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
    expect(serving.log.filter(({ level }) => level === 'fatal')).to.be.empty;
  });

  it('delay while the password is wrong', () =>
    isOutage(
      /password authentication failed.*DATABASE_PASSWORD/,
      () => postgres.query("ALTER ROLE processor PASSWORD 'fourth'"),
      () => replace('password', 'fourth'),
    ));

  it('delay while a file is missing', () =>
    isOutage(
      /DATABASE_PASSWORD_FILE names a file that cannot be read/,
      async () => rmSync(join(folder, 'password')),
      () => replace('password', 'fourth'),
    ));

  it('delay while the certificate of the server is expired', () =>
    isOutage(
      /certificate has expired; renew the server's certificate/,
      () => postgres.show(serverCertificate(EXPIRED)),
      () => postgres.show(serverCertificate()),
    ));

  it('delay while the certificate of the processor is expired', () =>
    isOutage(
      /DATABASE_SSL_CERT/,
      async () => replaceOwn(ownCertificate({ ...EXPIRED, passphrase: 'open' })),
      () => replaceOwn(ownCertificate({ passphrase: 'open' })),
    ));

  it('delay until another authority of the server is known', () => {
    const other = createAuthority('another authority');
    return isOutage(
      /DATABASE_SSL_CA must contain the authority/,
      () => postgres.show(other.issue({ commonName: 'postgres', hosts: ['127.0.0.1'] })),
      () => replace('authority.pem', `${postgres.authority.certificate}${other.certificate}`),
    );
  });

  it('delay while the role is missing', () =>
    isOutage(
      /"processor"/,
      () => postgres.query('DROP ROLE processor'),
      () => createLogin('fourth'),
    ));

  it('delay while the role is no member of the processor’s', () =>
    isOutage(
      /GRANT runclose_processor TO "processor"/,
      () => postgres.query('REVOKE runclose_processor FROM processor'),
      () => postgres.query('GRANT runclose_processor TO processor'),
    ));

  it('delay while a right on a table is missing', async () => {
    const before = serving.log.length;
    await postgres.query('REVOKE INSERT ON runclose.decision FROM runclose_processor');
    await publishMore(100);
    await until('it is logged', () =>
      serving.log
        .slice(before)
        .some(({ err }) =>
          /permission denied.*runclose setup/.test(
            String((err as { message?: string } | undefined)?.message),
          ),
        ),
    );
    expect(await statusOf('/health/live')).to.equal(200);
    expect((await deployment.runclose('setup')).code).to.equal(0);
    await deployment.settled();
  });
});
