import { expect } from 'chai';
import { createAuthority, type CertificateRequest } from '../../../scripts/stack/certificates/authority.ts';
import { openKafka, openRegistry } from '../../../src/operations/servers/servers.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { EXIT } from '../../../src/cli/frame/exit-codes.ts';
import { runHere } from '../../support/command-line.ts';
import {
  startClosingServer,
  startHttpsServer,
  startTlsServer,
  type LocalServer,
} from '../../support/tls-servers.ts';

type Environment = Readonly<Record<string, string>>;

const ours = createAuthority('Our authority');
const foreign = createAuthority('Foreign authority');
const CA = ours.certificate;
const LAST_YEAR = new Date(Date.now() - 365 * 86_400_000);
const YESTERDAY = new Date(Date.now() - 86_400_000);

/** The server’s own certificate. */
const shows = (request: Partial<CertificateRequest> = {}) => {
  const { certificate, key } = ours.issue({ commonName: 'server', hosts: ['127.0.0.1'], ...request });
  return { cert: certificate, key };
};
/** And that it wants one of its clients. */
const ASKS = { requestCert: true, rejectUnauthorized: true, ca: [CA] };

/** A client’s certificate, as settings that begin with this. */
const client = (prefix: string, { certificate, key }: { certificate: string; key: string }): Environment => ({
  [`${prefix}_CERT`]: certificate,
  [`${prefix}_KEY`]: key,
});
const me: CertificateRequest = { commonName: 'app' };
const expired: CertificateRequest = { ...me, validFrom: LAST_YEAR, validUntil: YESTERDAY };

type Row = {
  readonly title: string;
  readonly server: () => Promise<LocalServer>;
  readonly env: Environment;
  readonly exit: number;
  readonly says: readonly RegExp[];
};

const tls = (options: object) => () => startTlsServer(options);
const https =
  (options: object, status = 200, body = '{}') =>
  () =>
    startHttpsServer(options, { status, body });

const { wrongConfiguration, unreachable } = EXIT;

const KAFKA: readonly Row[] = [
  {
    title: 'no authority is set',
    server: tls(shows()),
    env: { KAFKA_SSL: 'true' },
    exit: wrongConfiguration,
    says: [/set KAFKA_SSL_CA to/],
  },
  {
    title: 'another authority is set',
    server: tls(shows()),
    env: { KAFKA_SSL_CA: foreign.certificate },
    exit: wrongConfiguration,
    says: [/set KAFKA_SSL_CA to/],
  },
  {
    title: 'the certificate is for another host',
    server: tls(shows({ hosts: ['kafka.example.com'] })),
    env: { KAFKA_SSL_CA: CA },
    exit: wrongConfiguration,
    says: [/does not match/, /use one of them in KAFKA_BROKERS/],
  },
  {
    title: 'the certificate of the broker has expired, which somebody else may renew',
    server: tls(shows({ validFrom: LAST_YEAR, validUntil: YESTERDAY })),
    env: { KAFKA_SSL_CA: CA },
    exit: unreachable,
    says: [/certificate has expired/, /renew the certificate of the broker/],
  },
  {
    title: 'the port speaks no TLS',
    server: startClosingServer,
    env: { KAFKA_SSL_CA: CA },
    exit: unreachable,
    says: [/if the broker asks for a login, set KAFKA_SASL_MECHANISM/],
  },
  {
    title: 'the port speaks TLS, or asks for a login',
    server: startClosingServer,
    env: {},
    exit: unreachable,
    says: [
      /speaks TLS at this port, set KAFKA_SSL or KAFKA_SSL_CA/,
      /asks for a login, set KAFKA_SASL_MECHANISM/,
    ],
  },
  {
    title: 'the broker wants a certificate, and there is none',
    server: tls({ ...shows(), ...ASKS }),
    env: { KAFKA_SSL_CA: CA },
    exit: wrongConfiguration,
    says: [/KAFKA_SSL_CERT and KAFKA_SSL_KEY/],
  },
  {
    // Node’s server closes the connection without saying why. What a broker says is tried in secured/logins.test.ts.
    title: 'the own certificate is foreign',
    server: tls({ ...shows(), ...ASKS }),
    env: { KAFKA_SSL_CA: CA, ...client('KAFKA_SSL', foreign.issue(me)) },
    exit: unreachable,
    says: [/accepts the certificate in KAFKA_SSL_CERT/],
  },
  {
    title: 'the own certificate has expired',
    server: tls({ ...shows(), ...ASKS }),
    env: { KAFKA_SSL_CA: CA, ...client('KAFKA_SSL', ours.issue(expired)) },
    exit: wrongConfiguration,
    says: [/KAFKA_SSL_CERT has expired/],
  },
];

const REGISTRY: readonly Row[] = [
  {
    title: 'no authority is set',
    server: https(shows()),
    env: {},
    exit: wrongConfiguration,
    says: [/set SCHEMA_REGISTRY_SSL_CA to/],
  },
  {
    title: 'another authority is set',
    server: https(shows()),
    env: { SCHEMA_REGISTRY_SSL_CA: foreign.certificate },
    exit: wrongConfiguration,
    says: [/set SCHEMA_REGISTRY_SSL_CA to/],
  },
  {
    title: 'the certificate is for another host',
    server: https(shows({ hosts: ['registry.example.com'] })),
    env: { SCHEMA_REGISTRY_SSL_CA: CA },
    exit: wrongConfiguration,
    says: [/use one of them in SCHEMA_REGISTRY_URL/],
  },
  {
    title: 'the certificate of the registry has expired, which somebody else may renew',
    server: https(shows({ validFrom: LAST_YEAR, validUntil: YESTERDAY })),
    env: { SCHEMA_REGISTRY_SSL_CA: CA },
    exit: unreachable,
    says: [/renew the certificate of the registry/],
  },
  {
    title: 'the registry wants a certificate, and there is none',
    server: https({ ...shows(), ...ASKS }),
    env: { SCHEMA_REGISTRY_SSL_CA: CA },
    exit: wrongConfiguration,
    says: [/SCHEMA_REGISTRY_SSL_CERT and SCHEMA_REGISTRY_SSL_KEY/],
  },
  {
    // Node’s server closes the connection without saying why. What a broker says is tried in secured/logins.test.ts.
    title: 'the own certificate is foreign',
    server: https({ ...shows(), ...ASKS }),
    env: { SCHEMA_REGISTRY_SSL_CA: CA, ...client('SCHEMA_REGISTRY_SSL', foreign.issue(me)) },
    exit: unreachable,
    says: [/accepts the certificate in SCHEMA_REGISTRY_SSL_CERT/],
  },
  {
    title: 'the own certificate has expired',
    server: https({ ...shows(), ...ASKS }),
    env: { SCHEMA_REGISTRY_SSL_CA: CA, ...client('SCHEMA_REGISTRY_SSL', ours.issue(expired)) },
    exit: wrongConfiguration,
    says: [/SCHEMA_REGISTRY_SSL_CERT has expired/],
  },
  {
    title: 'the password is wrong',
    server: https(shows(), 401, '{"error_code":401,"message":"Unauthorized"}'),
    env: { SCHEMA_REGISTRY_SSL_CA: CA, SCHEMA_REGISTRY_USERNAME: 'app', SCHEMA_REGISTRY_PASSWORD: 'hidden' },
    exit: wrongConfiguration,
    says: [/the answer is 401/, /check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD/],
  },
  {
    title: 'a gateway refuses the login in HTML',
    server: https(shows(), 401, '<html>Log in</html>'),
    env: { SCHEMA_REGISTRY_SSL_CA: CA, SCHEMA_REGISTRY_TOKEN: 'hidden' },
    exit: wrongConfiguration,
    says: [/the answer is 401, and not JSON/, /or SCHEMA_REGISTRY_TOKEN/],
  },
  {
    title: 'nginx wants a certificate',
    server: https(shows(), 400, '<html><title>400 No required SSL certificate was sent</title></html>'),
    env: { SCHEMA_REGISTRY_SSL_CA: CA },
    exit: wrongConfiguration,
    says: [/the answer is 400/, /SCHEMA_REGISTRY_SSL_CERT/],
  },
  {
    title: 'a right is missing',
    server: https(shows(), 403, '{"error_code":40301,"message":"User is denied operation Read"}'),
    env: { SCHEMA_REGISTRY_SSL_CA: CA, SCHEMA_REGISTRY_TOKEN: 'hidden' },
    exit: wrongConfiguration,
    says: [/the answer is 403/, /grant the user/],
  },
];

/** What a command that opens this server ends with, and says. */
const tried = async (
  server: 'kafka' | 'registry',
  env: Environment,
): Promise<{ readonly exit: number; readonly said: string }> => {
  const variables = { STARTUP_TIMEOUT_SECONDS: '1', ...env };
  const { exitCode, stderr } = await runHere(
    ['open'],
    [
      (cli) =>
        cli.command('open', 'Open a server', ['runclose open', 'runclose open']).action(
          cli.perform(async (context) => {
            const config = loadConfig(variables, [server]);
            if (server === 'kafka') await openKafka(context, config);
            else await openRegistry(context, config);
            return undefined;
          }),
        ),
    ],
    { env: variables },
  );
  return { exit: exitCode, said: stderr };
};

const attempt = async (
  server: 'kafka' | 'registry',
  { server: start, env }: Row,
): Promise<{ readonly exit: number; readonly said: string }> => {
  const { port, close } = await start();
  const address = `127.0.0.1:${String(port)}`;
  const at = server === 'kafka' ? { KAFKA_BROKERS: address } : { SCHEMA_REGISTRY_URL: `https://${address}` };
  try {
    return await tried(server, { ...at, ...env });
  } finally {
    await close();
  }
};

describe('A connection that cannot be opened', () => {
  // Side by side: the client of Kafka tries for some seconds.
  const attempts = new Map<Row, ReturnType<typeof attempt>>();
  before(async () => {
    for (const row of KAFKA) attempts.set(row, attempt('kafka', row));
    for (const row of REGISTRY) attempts.set(row, attempt('registry', row));
    await Promise.allSettled(attempts.values());
  });

  for (const [server, rows] of [
    ['Kafka', KAFKA],
    ['the registry', REGISTRY],
  ] as const) {
    for (const row of rows) {
      it(`to ${server}: ${row.title}: ${String(row.exit)}`, async () => {
        const { exit, said } = (await attempts.get(row)) ?? { exit: 0, said: '' };
        expect(exit, said).to.equal(row.exit);
        for (const pattern of row.says) expect(said).to.match(pattern);
        expect(said).not.to.match(/hidden|This is a bug/);
      });
    }
  }
});
