import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { createAuthority } from '../../../scripts/stack/certificates/authority.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { Secret } from '../../../src/credentials/secret.ts';
import { Failure } from '../../../src/processor/failure.ts';

const SERVERS = {
  KAFKA_BROKERS: 'one:9092, two:9093',
  SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7/',
  DATABASE_URL: 'postgres://app:secret@db:5432/runclose',
};

const AUTHORITY = createAuthority('Any authority');
/** Any certificate, and keys that are not its own. */
const PEM = AUTHORITY.certificate.trim();
const KEY = AUTHORITY.issue({ commonName: 'app' }).key;
const LOCKED = AUTHORITY.issue({ commonName: 'app', passphrase: 'right' }).key;

const problemsOf = (env: Record<string, string>): Record<string, string> => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
    }
    throw error;
  }
  return {};
};

type Login = { readonly mechanism: string; readonly username: Secret; readonly password: Secret };

/** What a secret is now. */
const read = (secret: Secret | undefined): unknown => (typeof secret === 'function' ? secret() : secret);

describe('The configuration', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'runclose-config-'))));
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('needs only the three servers; the rest has defaults', () => {
    expect(loadConfig(SERVERS)).to.deep.equal({
      logLevel: 'info',
      topics: { prefix: '', partitions: 6 },
      startupTimeoutSeconds: 30,
      shutdownTimeoutSeconds: 30,
      otel: { serviceName: 'runclose', attributes: {} },
      kafka: { brokers: ['one:9092', 'two:9093'], clientId: 'runclose', groupId: 'runclose' },
      registry: { url: 'http://registry:8081/apis/ccompat/v7' },
      database: { url: 'postgres://app:secret@db:5432/runclose', poolSize: 10 },
      http: { host: '0.0.0.0', port: 8080 },
      serve: { workers: 1 },
    });
  });

  it('does not ask for servers that a command does not talk to', () => {
    const config = loadConfig({ KAFKA_BROKERS: 'one:9092', HTTP_PORT: 'wrong' }, ['kafka']);
    expect(config.kafka.brokers).to.deep.equal(['one:9092']);
    expect(config).not.to.have.any.keys('registry', 'database', 'http');
  });

  it('reports all mistakes at once, each with the name of its variable', () => {
    expect(
      problemsOf({
        KAFKA_SSL: 'maybe',
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'app',
        SCHEMA_REGISTRY_URL: 'registry:8081',
        DATABASE_URL: 'mysql://app:secret@db/runclose',
        DATABASE_POOL_SIZE: '0',
        HTTP_PORT: '65536',
        LOG_LEVEL: 'loud',
        TOPIC_PREFIX: 'team/',
        STARTUP_TIMEOUT_SECONDS: '1.5',
        SHUTDOWN_TIMEOUT_SECONDS: '4',
      }),
    ).to.deep.equal({
      KAFKA_BROKERS: 'is not set; for example broker-1:9092,broker-2:9092',
      KAFKA_SSL: 'must be true or false',
      KAFKA_SASL_PASSWORD: 'is not set, but KAFKA_SASL_MECHANISM needs it',
      SCHEMA_REGISTRY_URL: 'must be a URL like http://localhost:8081',
      DATABASE_URL: 'must be a URL like postgres://user:password@localhost:5432/runclose',
      DATABASE_POOL_SIZE: 'must be a whole number from 1 to 1000',
      HTTP_PORT: 'must be a whole number from 0 to 65535',
      LOG_LEVEL: 'must be one of trace, debug, info, warn, error, fatal, silent',
      TOPIC_PREFIX: 'may hold letters, digits, ".", "_" and "-", 226 at most',
      STARTUP_TIMEOUT_SECONDS: 'must be a whole number from 0 to 3600',
      SHUTDOWN_TIMEOUT_SECONDS: 'must be a whole number from 5 to 3600',
    });
  });

  it('refuses more workers than connections to Postgres', () => {
    const conflict = 'is smaller than SERVE_WORKERS: each worker needs a connection of its own';
    const problems = problemsOf({ ...SERVERS, DATABASE_POOL_SIZE: '3', SERVE_WORKERS: '4' });
    expect(problems['DATABASE_POOL_SIZE']).to.equal(conflict);
    expect(problemsOf({ ...SERVERS, DATABASE_POOL_SIZE: '4', SERVE_WORKERS: '4' })).to.not.have.any.keys(
      'DATABASE_POOL_SIZE',
    );
  });

  it('refuses a group name that means every group, or that cannot be printed', () => {
    const problemOf = (id: string) => problemsOf({ ...SERVERS, KAFKA_GROUP_ID: id })['KAFKA_GROUP_ID'];
    for (const id of ['*', 'team-*'])
      expect(problemOf(id), id).to.equal(
        'must not contain "*": a right on the group "*" is a right on every group',
      );
    for (const id of ['a b', 'a\nb', 'a\u2028b', 'a\u202eb', 'a\u200bb', 'a\u001bb', 'a'.repeat(201)])
      expect(problemOf(id), id).to.equal(
        'must be 1 to 200 characters without spaces or invisible characters',
      );
    expect(loadConfig({ ...SERVERS, KAFKA_GROUP_ID: `a'"$(b)\\` }).kafka.groupId).to.equal(`a'"$(b)\\`);
  });

  it('never quotes a value, whatever is wrong with it', () => {
    const names = [
      'KAFKA_BROKERS',
      'KAFKA_SSL',
      'KAFKA_SSL_CA',
      'KAFKA_SSL_KEY',
      'KAFKA_SASL_MECHANISM',
      'DATABASE_URL',
    ].concat([
      'SCHEMA_REGISTRY_URL',
      'HTTP_PORT',
      'LOG_LEVEL',
      'TOPIC_PREFIX',
      'KAFKA_GROUP_ID',
      'KAFKA_SASL_PASSWORD_FILE',
    ]);
    const garbage = fc.stringMatching(/^[A-Z0-9 ]{0,4}(zq[xj]){2}[:/@ ]{1,3}$/);
    fc.assert(
      fc.property(fc.record(Object.fromEntries(names.map((name) => [name, garbage]))), (env) => {
        expect(() => loadConfig(env))
          .to.throw(ConfigError)
          .with.property('message')
          .that.does.not.match(/zq[xj]/);
      }),
    );
  });

  it('takes each secret from a file instead, without the line ends at its end', () => {
    const config = loadConfig({
      KAFKA_BROKERS: 'one:9092',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'app',
      KAFKA_SASL_PASSWORD_FILE: file('password', ' from file \n\n'),
      SCHEMA_REGISTRY_URL: 'https://registry',
      DATABASE_URL_FILE: file('url', 'postgresql://app@db/runclose\r\n'),
    });
    const { mechanism, ...login } = config.kafka.sasl as Login;
    expect([mechanism, login.username, read(login.password)]).to.deep.equal([
      'scram-sha-512',
      'app',
      ' from file ',
    ]);
    expect(config.database.url).to.equal('postgresql://app@db/runclose');
  });

  it('refuses a secret that is given twice, and a file that is not there', () => {
    expect(
      problemsOf({
        ...SERVERS,
        DATABASE_URL_FILE: file('url', 'postgresql://app@db/runclose'),
        SCHEMA_REGISTRY_USERNAME: 'app',
        SCHEMA_REGISTRY_PASSWORD_FILE: join(folder, 'missing'),
      }),
    ).to.deep.equal({
      DATABASE_URL: 'is set, and DATABASE_URL_FILE as well: set only one of them',
      SCHEMA_REGISTRY_PASSWORD_FILE: 'names a file that cannot be read (ENOENT)',
    });
  });

  it('takes certificates as text, with escaped line feeds too, or as the path of a file', () => {
    const config = loadConfig({
      ...SERVERS,
      KAFKA_SSL_CA: PEM.replaceAll('\n', '\\n'),
      SCHEMA_REGISTRY_URL: 'https://registry',
      SCHEMA_REGISTRY_SSL_CA: file('ca.pem', `${PEM}\n`),
      DATABASE_SSL_CA_FILE: file('db.pem', PEM),
    });
    expect([config.kafka.ssl, read(config.registry.ca), config.database.tls?.ca]).to.deep.equal([
      { ca: PEM },
      PEM,
      PEM,
    ]);
  });

  it('reads secrets and certificates in files again whenever a connection is opened', () => {
    const path = file('renewed', 'old\n');
    const { sasl } = loadConfig({
      ...SERVERS,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'app',
      KAFKA_SASL_PASSWORD_FILE: path,
    }).kafka;
    const { password } = sasl as Login;
    expect(read(password)).to.equal('old');
    file('renewed', 'new\n');
    expect(read(password)).to.equal('new');
    file('renewed', '\n');
    expect(() => read(password)).to.throw(Failure, 'KAFKA_SASL_PASSWORD_FILE: names an empty file');
    rmSync(path);
    expect(() => read(password)).to.throw(
      Failure,
      'KAFKA_SASL_PASSWORD_FILE: names a file that cannot be read',
    );
  });

  it('reads a pipe once: it gives its text to the first reader only', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    spawn('sh', ['-c', 'printf "old\\n" > "$0"', path], { stdio: 'ignore' });
    const env = {
      ...SERVERS,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'app',
      KAFKA_SASL_PASSWORD_FILE: path,
    };
    for (let loads = 1; loads <= 2; loads++) {
      const { password } = loadConfig(env).kafka.sasl as Login;
      expect(read(password)).to.equal('old');
    }
  });

  it('refuses certificates and keys that cannot be used, each by its name', () => {
    const garbage = PEM.replace('MII', 'AAA');
    expect(
      problemsOf({
        ...SERVERS,
        KAFKA_SSL_CA: file('garbage.pem', garbage),
        KAFKA_SSL_CERT: PEM,
        KAFKA_SSL_KEY: KEY,
        SCHEMA_REGISTRY_URL: 'https://registry',
        SCHEMA_REGISTRY_SSL_CERT: PEM,
        SCHEMA_REGISTRY_SSL_KEY: LOCKED,
        SCHEMA_REGISTRY_SSL_KEY_PASSWORD: 'wrong',
      }),
    ).to.deep.equal({
      KAFKA_SSL_CA: 'holds no certificate that can be read',
      KAFKA_SSL_KEY: 'is not the key of the certificate',
      SCHEMA_REGISTRY_SSL_KEY_PASSWORD: 'does not open the key',
    });
    expect(problemsOf({ ...SERVERS, KAFKA_SSL_CERT: PEM, KAFKA_SSL_KEY: LOCKED })).to.deep.equal({
      KAFKA_SSL_KEY_PASSWORD: 'is not set although the key is encrypted',
    });
    expect(problemsOf({ ...SERVERS, KAFKA_SSL_CERT: PEM, KAFKA_SSL_KEY: garbage })).to.deep.equal({
      KAFKA_SSL_KEY: 'holds no private key that can be read',
    });
    expect(problemsOf({ ...SERVERS, SCHEMA_REGISTRY_SSL_CA: PEM })).to.deep.equal({
      SCHEMA_REGISTRY_SSL_CA: 'is set although SCHEMA_REGISTRY_URL is not https',
    });
  });

  it('turns TLS on for a certificate alone, and refuses one while TLS is off', () => {
    const certificate = file('any.pem', PEM);
    expect(loadConfig({ ...SERVERS, KAFKA_SSL: 'TRUE' }).kafka.ssl).to.deep.equal({});
    expect(loadConfig({ ...SERVERS, KAFKA_SSL: 'false' }).kafka).not.to.have.property('ssl');
    expect(problemsOf({ ...SERVERS, KAFKA_SSL: 'false', KAFKA_SSL_CA: certificate })).to.deep.equal({
      KAFKA_SSL_CA: 'is set although KAFKA_SSL is false',
    });
    expect(problemsOf({ ...SERVERS, KAFKA_SSL_CERT: certificate })).to.deep.equal({
      KAFKA_SSL_KEY: 'is not set, but KAFKA_SSL_CERT needs it',
    });
  });

  it('refuses credentials without a mechanism, and in the registry’s address', () => {
    expect(
      problemsOf({
        ...SERVERS,
        KAFKA_SASL_PASSWORD: 'hidden',
        SCHEMA_REGISTRY_URL: 'http://app:hidden@registry',
      }),
    ).to.deep.equal({
      KAFKA_SASL_MECHANISM: 'is not set although KAFKA_SASL_PASSWORD is',
      SCHEMA_REGISTRY_URL:
        'must not hold a user, a password, a query or a fragment: use SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, or SCHEMA_REGISTRY_TOKEN',
    });
  });

  it('refuses every form of secret in the registry’s address, which is shown, without its value', () => {
    for (const secret of [
      'app:hidden@registry',
      ':hidden@registry',
      'registry?token=hidden',
      'registry/#hidden',
    ]) {
      const { SCHEMA_REGISTRY_URL = '' } = problemsOf({
        ...SERVERS,
        SCHEMA_REGISTRY_URL: `https://${secret}`,
      });
      expect(SCHEMA_REGISTRY_URL).to.include('must not hold a user').and.not.to.include('hidden');
    }
  });

  it('says how to write a password that ends the host’s name too early, without its value', () => {
    for (const password of [
      '2024/hidden',
      '2024#hidden',
      '2024?hidden',
      'hid/den',
      'hid#den',
      'hid?den',
      'hid%zzden',
    ]) {
      const { DATABASE_URL = '' } = problemsOf({
        ...SERVERS,
        DATABASE_URL: `postgres://app:${password}@db:5432/runclose`,
      });
      expect(DATABASE_URL)
        .to.include('percent-encoded')
        .and.include('DATABASE_PASSWORD')
        .and.not.match(/hid|den|2024/);
    }
  });

  it('takes a password with "@" and ":" unchanged', () => {
    const url = 'postgres://app:a:b@c@db:5432/runclose';
    expect(loadConfig({ ...SERVERS, DATABASE_URL: url }).database.url).to.equal(url);
  });

  it('takes an OAuth token from a file, or an endpoint that gives tokens', () => {
    const oauth = { ...SERVERS, KAFKA_SASL_MECHANISM: 'oauthbearer' };
    const { sasl } = loadConfig({
      ...oauth,
      KAFKA_SASL_OAUTHBEARER_TOKEN_FILE: file('token', 'a.b.c\n'),
    }).kafka;
    expect(read((sasl as { readonly token: Secret }).token)).to.equal('a.b.c');
    expect(
      loadConfig({
        ...oauth,
        KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'https://login/token',
        KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'runclose',
        KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 'hidden',
        KAFKA_SASL_OAUTHBEARER_SCOPE: 'kafka',
      }).kafka.sasl,
    ).to.deep.equal({
      mechanism: 'oauthbearer',
      tokenEndpoint: {
        url: 'https://login/token',
        clientId: 'runclose',
        clientSecret: 'hidden',
        scope: 'kafka',
      },
    });
  });

  it('takes a region of AWS, with TLS', () => {
    const msk = { ...SERVERS, KAFKA_SASL_MECHANISM: 'aws-msk-iam', AWS_REGION: 'eu-west-1' };
    expect(loadConfig({ ...msk, KAFKA_SSL: 'true' }).kafka.sasl).to.deep.equal({
      mechanism: 'aws-msk-iam',
      region: 'eu-west-1',
    });
    expect(problemsOf(msk)).to.deep.equal({
      KAFKA_SSL: 'is not set, but KAFKA_SASL_MECHANISM needs it',
    });
    expect(problemsOf({ ...msk, KAFKA_SSL: 'true', AWS_REGION: '' })).to.deep.equal({
      AWS_REGION: 'is not set, but KAFKA_SASL_MECHANISM needs it',
    });
  });

  it('names the missing settings of a login, and those without effect', () => {
    const oauth = { ...SERVERS, KAFKA_SASL_MECHANISM: 'oauthbearer' };
    const TOKEN = 'KAFKA_SASL_OAUTHBEARER_TOKEN';
    const ENDPOINT = `${TOKEN}_ENDPOINT_URL`;
    expect(problemsOf(oauth)).to.deep.equal({
      [TOKEN]: `is not set, but KAFKA_SASL_MECHANISM needs it: set ${TOKEN}_FILE or ${ENDPOINT}`,
    });
    expect(problemsOf({ ...oauth, [`${TOKEN}_FILE`]: join(folder, 'missing') })).to.deep.equal({
      [`${TOKEN}_FILE`]: 'names a file that cannot be read (ENOENT)',
    });
    expect(
      problemsOf({ ...oauth, [TOKEN]: 'a.b.c', [ENDPOINT]: 'https://login/token', KAFKA_SASL_PASSWORD: 'x' }),
    ).to.deep.equal({
      [TOKEN]: `is set, and ${ENDPOINT} as well: set only one of them`,
      KAFKA_SASL_OAUTHBEARER_CLIENT_ID: `is not set, but ${ENDPOINT} needs it`,
      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: `is not set, but ${ENDPOINT} needs it`,
      KAFKA_SASL_PASSWORD: 'is set although KAFKA_SASL_MECHANISM is oauthbearer',
    });
    const registry = { ...SERVERS, SCHEMA_REGISTRY_TOKEN: 'hidden', SCHEMA_REGISTRY_USERNAME: 'app' };
    expect(problemsOf(registry)).to.deep.equal({
      SCHEMA_REGISTRY_PASSWORD: 'is not set, but SCHEMA_REGISTRY_USERNAME needs it',
      SCHEMA_REGISTRY_TOKEN: 'is set, and so is SCHEMA_REGISTRY_USERNAME: set only one of them',
    });
  });

  it('takes several addresses of the registry, and refuses a secret in any of them', () => {
    const urls = 'https://one/apis/ccompat/v7/, https://two';
    expect(loadConfig({ ...SERVERS, SCHEMA_REGISTRY_URL: urls }).registry.url).to.equal(
      'https://one/apis/ccompat/v7,https://two',
    );
    const { SCHEMA_REGISTRY_URL = '' } = problemsOf({
      ...SERVERS,
      SCHEMA_REGISTRY_URL: 'https://one,https://app:hidden@two',
    });
    expect(SCHEMA_REGISTRY_URL).to.include('must not hold a user').and.not.to.include('hidden');
  });

  it('takes an empty variable for one that is not set', () => {
    expect(
      loadConfig({ ...SERVERS, HTTP_PORT: '', KAFKA_SASL_MECHANISM: '', TOPIC_PREFIX: '' }).http.port,
    ).to.equal(8080);
  });
});
