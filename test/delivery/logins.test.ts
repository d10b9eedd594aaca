import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../../scripts/stack/certificates/authority.ts';
import { EXIT } from '../../src/cli/frame/exit-codes.ts';
import type { PublishFailure } from '../../src/sdk/publish-failure.ts';
import { createRunClosePublisher } from '../../src/sdk/run-close-publisher.ts';
import { runcloseHere } from '../support/command-line.ts';
import { aCommand } from '../support/commands.ts';
import { PLAIN_USER, startGuardedKafka, unsignedToken, type GuardedKafka } from '../support/guarded-kafka.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

type Environment = Readonly<Record<string, string>>;

const USER = 'scram-user';
const PASSWORD = 'odd: @/#" password';

describe('A login at Kafka', function () {
  this.timeout(180_000);
  let kafka: GuardedKafka;
  let tokens: TokenServer;

  before(async () => {
    kafka = await startGuardedKafka({ sessionMs: 60_000 });
    tokens = await startTokenServer();
    await kafka.setPassword(USER, PASSWORD);
  });
  after(async () => {
    await tokens.close();
    await kafka.remove();
  });

  const file = (name: string, content: string): string => {
    const path = join(kafka.folder, name);
    writeFileSync(path, content);
    return path;
  };

  /** A command that only asks Kafka. */
  const ask = (env: Environment): ReturnType<typeof runcloseHere> =>
    runcloseHere(['dlq', 'list', '--json'], {
      env: {
        KAFKA_SSL_CA: kafka.authority.certificate,
        STARTUP_TIMEOUT_SECONDS: '10',
        SCHEMA_REGISTRY_URL: process.env['SCHEMA_REGISTRY_URL'],
        DATABASE_URL: process.env['DATABASE_URL'],
        ...env,
      },
    });

  const login = (mechanism: string, env: Environment): Environment => ({
    KAFKA_BROKERS: kafka.byLogin,
    KAFKA_SASL_MECHANISM: mechanism,
    ...env,
  });
  const byPassword = (mechanism: string, password: string, user: string = USER): Environment =>
    login(mechanism, { KAFKA_SASL_USERNAME: user, KAFKA_SASL_PASSWORD: password });
  const byEndpoint = (): Environment =>
    login('oauthbearer', {
      KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: tokens.url,
      KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'runclose',
      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 'hidden',
    });
  const byCertificate = ({ certificate, key }: { certificate: string; key: string }): Environment => ({
    KAFKA_BROKERS: kafka.byCertificate,
    KAFKA_SSL_CERT: certificate,
    KAFKA_SSL_KEY: key,
  });
  const gives = (token: () => string): void => {
    tokens.reply(() => ({ status: 200, body: { access_token: token(), expires_in: 60 } }));
  };

  const accepted: readonly (readonly [title: string, env: () => Environment])[] = [
    ['by plain', () => byPassword('plain', PLAIN_USER.password, PLAIN_USER.user)],
    ['by scram-sha-256', () => byPassword('scram-sha-256', PASSWORD)],
    ['by scram-sha-512', () => byPassword('scram-sha-512', PASSWORD)],
    [
      'by a token in a file',
      () =>
        login('oauthbearer', {
          KAFKA_SASL_OAUTHBEARER_TOKEN_FILE: file('token', `${unsignedToken('runclose', 60)}\n`),
        }),
    ],
    [
      'by the tokens of an endpoint',
      () => {
        gives(() => unsignedToken('runclose', 60));
        return byEndpoint();
      },
    ],
    ['by a certificate', () => byCertificate(kafka.authority.issue({ commonName: 'runclose' }))],
    [
      'by a certificate whose key has a password',
      () => ({
        ...byCertificate(kafka.authority.issue({ commonName: 'runclose', passphrase: 'odd: #' })),
        KAFKA_SSL_KEY_PASSWORD_FILE: file('key-password', 'odd: #\n'),
      }),
    ],
  ];
  for (const [title, env] of accepted) {
    it(`is accepted: ${title}`, async () => {
      const { stderr } = await ask(env());
      // The topics do not exist on this broker, and only a client that is logged in is told so.
      expect(stderr).to.match(/no topic|no such topic/);
    });
  }

  it('of the SDK calls functions for its secrets', async () => {
    const asked: string[] = [];
    const tells = (name: string, value: string) => (): Promise<string> => {
      asked.push(name);
      return Promise.resolve(value);
    };
    const publisher = createRunClosePublisher({
      kafka: {
        brokers: [kafka.byLogin],
        clientId: 'upstream',
        ssl: { ca: tells('ca', kafka.authority.certificate) },
        sasl: {
          mechanism: 'scram-sha-512',
          username: tells('user', USER),
          password: tells('password', PASSWORD),
        },
      },
      registry: { url: tokens.url, token: tells('token', 'hidden') },
    });
    // In place of a registry, which knows every schema.
    tokens.reply({ status: 200, body: { id: 1 } });
    const failure = await publisher.publish(aCommand()).then(
      () => expect.fail('it was published'),
      (error: unknown) => error as PublishFailure,
    );
    await publisher.close();
    expect(failure.code).to.equal('KAFKA_TOPIC_MISSING');
    expect(asked).to.include.members(['ca', 'user', 'password', 'token']);
    expect(tokens.requests.at(-1)?.authorization).to.equal('Bearer hidden');
  });

  const refused: readonly (readonly [title: string, env: () => Environment, says: RegExp])[] = [
    [
      'a wrong password (plain)',
      () => byPassword('plain', 'hidden', PLAIN_USER.user),
      /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
    ],
    [
      'a wrong password (scram)',
      () => byPassword('scram-sha-512', 'hidden'),
      /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
    ],
    [
      'an unknown user',
      () => byPassword('scram-sha-256', 'hidden', 'nobody'),
      /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
    ],
    ['an empty password', () => byPassword('scram-sha-512', ''), /KAFKA_SASL_PASSWORD is not set/],
    [
      'a mechanism that is not enabled',
      () => ({ ...byPassword('plain', 'hidden'), KAFKA_BROKERS: kafka.byScram }),
      /set KAFKA_SASL_MECHANISM to one that this listener/,
    ],
    [
      'a login where certificates are wanted',
      () => ({
        ...byPassword('scram-sha-512', PASSWORD),
        ...byCertificate(kafka.authority.issue({ commonName: 'runclose' })),
      }),
      /KAFKA_SASL_MECHANISM/,
    ],
    [
      'an expired token',
      () => login('oauthbearer', { KAFKA_SASL_OAUTHBEARER_TOKEN_FILE: file('old', unsignedToken('a', -60)) }),
      /KAFKA_SASL_OAUTHBEARER_TOKEN_FILE/,
    ],
    [
      'a client that the token endpoint does not know',
      () => {
        tokens.reply({ status: 401, body: { error: 'invalid_client' } });
        return byEndpoint();
      },
      /KAFKA_SASL_OAUTHBEARER_CLIENT_ID and KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET/,
    ],
    [
      'no certificate',
      () => ({ KAFKA_BROKERS: kafka.byCertificate }),
      /KAFKA_SSL_CERT and KAFKA_SSL_KEY must hold a certificate/,
    ],
    [
      'a foreign certificate',
      () => byCertificate(createAuthority('Foreign').issue({ commonName: 'runclose' })),
      /KAFKA_SSL_CERT and KAFKA_SSL_KEY must hold a certificate/,
    ],
    [
      'an unknown authority of the broker',
      () => ({
        ...byPassword('scram-sha-512', PASSWORD),
        KAFKA_SSL_CA: createAuthority('Foreign').certificate,
      }),
      /set KAFKA_SSL_CA to/,
    ],
  ];
  for (const [title, env, says] of refused) {
    it(`is refused at once, with 78 and the setting: ${title}`, async () => {
      const { exitCode, stderr } = await ask(env());
      expect(exitCode, stderr).to.equal(EXIT.wrongConfiguration);
      expect(stderr).to.match(says);
      expect(stderr).not.to.match(/hidden|This is a bug/);
    });
  }

  const unanswered: readonly (readonly [title: string, env: () => Environment, says: RegExp])[] = [
    ['TLS without a login', () => ({ KAFKA_BROKERS: kafka.byLogin }), /set KAFKA_SASL_MECHANISM/],
    [
      'no TLS',
      () => ({ KAFKA_BROKERS: kafka.byLogin, KAFKA_SSL_CA: '' }),
      /speaks TLS at this port, set KAFKA_SSL/,
    ],
    [
      'a token endpoint that is away',
      () => {
        tokens.reply('cut');
        return byEndpoint();
      },
      /check KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL/,
    ],
  ];
  for (const [title, env, says] of unanswered) {
    it(`is waited for, and ends with 69 and the setting: ${title}`, async () => {
      const { exitCode, stderr } = await ask({ ...env(), STARTUP_TIMEOUT_SECONDS: '1' });
      expect(exitCode, stderr).to.equal(EXIT.unreachable);
      expect(stderr).to.match(says);
    });
  }
});
