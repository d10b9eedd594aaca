/**
 * A broker for one test. One listener is open, for the test itself. The others require the various logins of clients. Certificates can be
 * renewed, and passwords changed, while the broker runs.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, type Authority } from '../../scripts/stack/certificates/authority.ts';
import { createKafka } from '../../scripts/stack/kafka.ts';
import { createOwnServer, type OwnServer } from '../../scripts/stack/own-server.ts';
import { chooseFreePorts } from '../../scripts/stack/ports.ts';
import { sendFlexible } from '../../src/kafka/client/flexible-request.ts';
import {
  array,
  type FlexibleReader,
  int32,
  NO_TAGS,
  string,
} from '../../src/kafka/protocol/flexible-fields.ts';
import { createServersFolder } from './own-servers.ts';
import { testKafka } from './topics.ts';

export type GuardedKafka = {
  /** Host and port of the listener without TLS and login. */
  readonly open: string;
  /** TLS, and a login by `plain`, `scram-…` or `oauthbearer` (unsigned tokens). */
  readonly byLogin: string;
  /** TLS with a client's certificate. */
  readonly byCertificate: string;
  /** TLS, and a login by `scram-sha-512` only. */
  readonly byScram: string;
  /** The authority that signs the first certificates of the broker and of clients. */
  readonly authority: Authority;
  /** For files of the test. */
  readonly folder: string;
  readonly server: OwnServer;
  /** Creates the user or changes the password, for both `scram-…` mechanisms. */
  setPassword(user: string, password: string): Promise<void>;
  /** After the next start, the broker shows a certificate of `authority`, and accepts clients with certificates from `trusts`. */
  renew(wish: { readonly authority: Authority; readonly trusts: readonly Authority[] }): void;
  remove(): Promise<void>;
};

/** The user of `plain`, whose password never changes. */
export const PLAIN_USER = { user: 'plain-user', password: 'odd: @/#" password' } as const;

export const startGuardedKafka = async ({
  sessionMs,
}: {
  /** How long a login lasts. */
  readonly sessionMs: number;
}): Promise<GuardedKafka> => {
  const { options, remove } = createServersFolder();
  const folder = join(options.folder, 'kafka');
  const authority = createAuthority('Test authority');
  const [open = 0, controller = 0, byLogin = 0, byCertificate = 0, byScram = 0] = await chooseFreePorts(5);
  const kafka = createKafka({ folder, progress: options.progress, heap: '512m' });

  const renew: GuardedKafka['renew'] = ({ authority: issuer, trusts }) => {
    const { certificate, key } = issuer.issue({ commonName: 'broker', hosts: ['127.0.0.1'] });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'key-store.pem'), key + certificate);
    writeFileSync(join(folder, 'trust-store.pem'), trusts.map((trusted) => trusted.certificate).join(''));
  };
  renew({ authority, trusts: [authority] });

  const server = createOwnServer(
    {
      ...kafka,
      prepare: async (chosen) => {
        const launch = await kafka.prepare(chosen);
        const file = join(folder, 'server.properties');
        const listeners = [
          { name: 'LOGIN', protocol: 'SASL_SSL', port: byLogin },
          { name: 'CERTIFICATE', protocol: 'SSL', port: byCertificate },
          { name: 'SCRAM', protocol: 'SASL_SSL', port: byScram },
        ];
        const added = listeners.map(({ name, port }) => `,${name}://127.0.0.1:${String(port)}`).join('');
        const protocols = listeners.map(({ name, protocol }) => `,${name}:${protocol}`).join('');
        writeFileSync(
          file,
          readFileSync(file, 'utf8')
            .replace(/^(listeners|advertised\.listeners)=.*$/gm, `$&${added}`)
            .replace(/^listener\.security\.protocol\.map=.*$/m, `$&${protocols}`) + guards(folder, sessionMs),
        );
        return launch;
      },
    },
    { ports: [open, controller, byLogin, byCertificate, byScram], folder, signal: options.signal },
  );
  await kafka.obtain(options.signal);
  await server.start();

  const client = testKafka([`127.0.0.1:${String(open)}`]);
  return {
    open: `127.0.0.1:${String(open)}`,
    byLogin: `127.0.0.1:${String(byLogin)}`,
    byCertificate: `127.0.0.1:${String(byCertificate)}`,
    byScram: `127.0.0.1:${String(byScram)}`,
    authority,
    folder: options.folder,
    server,
    setPassword: async (user, password) => {
      const cluster = client.cluster();
      await cluster.connect();
      try {
        const broker = await cluster.brokerPool.findConnectedBroker();
        // Kafka accepts only one mechanism of a user in each request.
        for (const mechanism of MECHANISMS) {
          const errors = await sendFlexible(broker, alterScramCredentials(user, password, mechanism));
          if (errors.some((code) => code !== 0)) throw new Error(`Kafka answers ${String(errors)}`);
        }
      } finally {
        await cluster.disconnect();
      }
    },
    renew,
    remove: async () => {
      await server.stop('wipe');
      remove();
    },
  };
};

const guards = (folder: string, sessionMs: number): string => `
ssl.keystore.type=PEM
ssl.keystore.location=${join(folder, 'key-store.pem')}
ssl.truststore.type=PEM
ssl.truststore.location=${join(folder, 'trust-store.pem')}
listener.name.certificate.ssl.client.auth=required
connections.max.reauth.ms=${String(sessionMs)}
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=${SCRAM_LOGIN}
listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.login.scram-sha-256.sasl.jaas.config=${SCRAM_LOGIN}
listener.name.login.scram-sha-512.sasl.jaas.config=${SCRAM_LOGIN}
listener.name.login.plain.sasl.jaas.config=${SECURITY}.plain.PlainLoginModule required user_${PLAIN_USER.user}=${JSON.stringify(PLAIN_USER.password).replaceAll('\\', '\\\\')};
listener.name.login.oauthbearer.sasl.jaas.config=${SECURITY}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
listener.name.login.oauthbearer.sasl.server.callback.handler.class=${SECURITY}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler
`;

const SECURITY = 'org.apache.kafka.common.security';
const SCRAM_LOGIN = `${SECURITY}.scram.ScramLoginModule required;`;

/** A token that is not signed, as Kafka's validator for development takes it. */
export const unsignedToken = (subject: string, lifeSeconds: number): string => {
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
  const now = Date.now() / 1_000;
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now, exp: now + lifeSeconds })}.`;
};

const ITERATIONS = 4_096;
const MECHANISMS = [
  { number: 1, digest: 'sha256', length: 32 },
  { number: 2, digest: 'sha512', length: 64 },
] as const;

/** The answer: an error code. */
const alterScramCredentials = (
  user: string,
  password: string,
  { number, digest, length }: (typeof MECHANISMS)[number],
) => {
  const salt = randomBytes(24);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, length, digest);
  const credentials = [Buffer.from([number]), int32(ITERATIONS), bytes(salt), bytes(salted)];
  return {
    apiKey: 51,
    apiVersion: 0,
    apiName: 'AlterUserScramCredentials',
    body: Buffer.concat([
      array([]),
      array([Buffer.concat([string(user), ...credentials, NO_TAGS])]),
      NO_TAGS,
    ]),
    read: readErrors,
  };
};

const readErrors = (answer: FlexibleReader): readonly number[] => {
  answer.int32();
  return answer.array(() => {
    answer.string();
    const code = answer.int16();
    answer.string();
    answer.tags();
    return code;
  });
};

/** Lengths below 127, one more than the real length. */
const bytes = (value: Buffer): Buffer => Buffer.concat([Buffer.from([value.length + 1]), value]);
