import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../../scripts/stack/certificates/authority.ts';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { startGuardedKafka, unsignedToken, type GuardedKafka } from '../support/guarded-kafka.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const HEALED_WITHIN_MS = 120_000;
const PORTION = 20;
const USER = 'runclose';

/** No sentence of a log contains these. */
const PASSWORDS = ['pw-4c1a', 'pw-9e7f', 'pw-b52d'] as const;

/** As short as brokers have been seen to set it (`connections.max.reauth.ms`); kafkajs alone manages none up to ten seconds. */
const SESSION_MS = 6_000;

describe('while `serve` runs, its credentials are renewed', function () {
  this.timeout(300_000);
  let kafka: GuardedKafka;
  let deployment: Deployment;
  let serving: Serving;
  let exited: number | null | undefined;
  let published = 0;

  before(async () => {
    kafka = await startGuardedKafka({ sessionMs: SESSION_MS });
    await kafka.setPassword(USER, PASSWORDS[0]);
    deployment = await createDeployment(2, { brokers: [kafka.open] });
  });
  after(async () => {
    await deployment.remove();
    await kafka.remove();
  });

  const file = (name: string, content: string): string => {
    const path = join(kafka.folder, name);
    writeFileSync(path, content);
    return path;
  };
  const serve = async (env: Readonly<Record<string, string>>): Promise<void> => {
    serving = await deployment.serve(env);
    exited = undefined;
    void serving.exited.then((code) => (exited = code));
  };
  const publish = async (): Promise<void> => {
    await deployment.publish(...manyCommands(PORTION, published));
    published += PORTION;
  };
  const untilSaid = (what: RegExp): Promise<void> =>
    until(`${String(what)} is logged`, () => what.test(JSON.stringify(serving.log)), HEALED_WITHIN_MS);

  describe('a password', () => {
    before(() =>
      serve({
        KAFKA_BROKERS: kafka.byLogin,
        KAFKA_SSL_CA: file('ca.pem', kafka.authority.certificate),
        KAFKA_SASL_MECHANISM: 'scram-sha-512',
        KAFKA_SASL_USERNAME: USER,
        KAFKA_SASL_PASSWORD_FILE: file('password', `${PASSWORDS[0]}\n`),
      }),
    );

    it('is presented again in time, even for short sessions', async () => {
      const since = Date.now();
      while (Date.now() - since < 3 * SESSION_MS) {
        await publish();
        await deployment.settled();
      }
      expect(JSON.stringify(serving.log)).not.to.match(/"level":"(warn|error|fatal)"/);
    });

    it('works at the next login if the file changes with it', async () => {
      await kafka.setPassword(USER, PASSWORDS[1]);
      file('password', `${PASSWORDS[1]}\n`);
      const since = Date.now();
      while (Date.now() - since < 2 * SESSION_MS) {
        await publish();
        await deployment.settled(HEALED_WITHIN_MS);
      }
      expect(exited, 'exit code').to.equal(undefined);
    });

    it('that Kafka refuses is an outage, which names the settings and heals', async () => {
      await kafka.setPassword(USER, PASSWORDS[2]);
      await publish();
      await untilSaid(/check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/);
      const live = await fetch(`http://127.0.0.1:${String(serving.httpPort)}/health/live`);
      expect([exited, live.status], 'exit code, and health').to.deep.equal([undefined, 200]);
      file('password', `${PASSWORDS[2]}\n`);
      await deployment.settled(HEALED_WITHIN_MS);
    });

    it('leaves nothing behind', async () => {
      for (const unwanted of ['MaxListeners', ...PASSWORDS])
        expect(JSON.stringify(serving.log)).not.to.include(unwanted);
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
      await expectAllIsWell(deployment);
    });
  });

  describe('tokens of an endpoint', () => {
    const LIFE_SECONDS = 8;
    let tokens: TokenServer;

    before(async () => {
      tokens = await startTokenServer();
      tokens.reply(() => ({
        status: 200,
        body: { access_token: unsignedToken(USER, LIFE_SECONDS), expires_in: LIFE_SECONDS },
      }));
      await serve({
        KAFKA_BROKERS: kafka.byLogin,
        KAFKA_SSL_CA: kafka.authority.certificate,
        KAFKA_SASL_MECHANISM: 'oauthbearer',
        KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: tokens.url,
        KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'runclose',
        KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET_FILE: file('client-secret', 'secret\n'),
      });
    });
    after(() => tokens.close());

    it('are shared by all connections, and renewed before they expire', async () => {
      const since = Date.now();
      const before = tokens.requests.length;
      while (Date.now() - since < 3 * LIFE_SECONDS * 1_000) {
        await publish();
        await deployment.settled(HEALED_WITHIN_MS);
      }
      const asked = tokens.requests.length - before;
      const lives = (Date.now() - since) / (LIFE_SECONDS * 1_000);
      expect(asked).to.be.within(2, Math.ceil(lives * 1.3) + 1);
      expect(JSON.stringify(serving.log)).not.to.match(/"level":"(warn|error|fatal)"/);
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
    });
  });

  describe('certificates', () => {
    const [next, foreign] = [createAuthority('Next authority'), createAuthority('Foreign authority')];
    const present = (authority: typeof next, trusted: typeof next): Readonly<Record<string, string>> => {
      const { certificate, key } = authority.issue({ commonName: 'runclose', passphrase: 'odd: #' });
      return {
        KAFKA_SSL_CA: file('ca.pem', trusted.certificate),
        KAFKA_SSL_CERT: file('cert.pem', certificate),
        KAFKA_SSL_KEY: file('key.pem', key),
      };
    };

    before(() =>
      serve({
        ...present(kafka.authority, kafka.authority),
        KAFKA_SSL_KEY_PASSWORD: 'odd: #',
        KAFKA_BROKERS: kafka.byCertificate,
      }),
    );

    const health = async (kind: 'live' | 'ready'): Promise<number> =>
      (await fetch(`http://127.0.0.1:${String(serving.httpPort)}/health/${kind}`)).status;

    it('of a broker that are not trusted are logged by an idle process', async () => {
      await publish();
      await deployment.settled();
      await kafka.server.stop('keep');
      kafka.renew({ authority: next, trusts: [next] });
      await kafka.server.start();
      await untilSaid(/set KAFKA_SSL_CA to/);
      expect([await health('live'), await health('ready'), exited]).to.deep.equal([200, 503, undefined]);
    });

    it('that the broker does not trust are logged next', async () => {
      present(foreign, next);
      await untilSaid(/KAFKA_SSL_CERT and KAFKA_SSL_KEY must hold/);
    });

    it('that fit are used for the next connection', async () => {
      present(next, next);
      await publish();
      await deployment.settled(HEALED_WITHIN_MS);
      await until('it is ready', async () => (await health('ready')) === 200, HEALED_WITHIN_MS);
      expect(exited, 'exit code').to.equal(undefined);
    });

    it('cause no lost and no doubled event', async () => {
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
      await expectAllIsWell(deployment);
    });
  });
});
