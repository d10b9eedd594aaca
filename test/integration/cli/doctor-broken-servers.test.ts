import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { createAuthority } from '../../../scripts/stack/certificates/authority.ts';
import { type OwnKafka, startOwnKafka } from '../../../scripts/stack/own-servers.ts';
import { chooseFreePorts } from '../../../scripts/stack/ports.ts';
import { runcloseHere } from '../../support/command-line.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { createServersFolder } from '../../support/own-servers.ts';
import { startTlsPostgres, type TlsPostgres } from '../../support/tls-postgres.ts';

type Found = { readonly code: string | null; readonly message: string; readonly advice: string | null };

const DAY_MS = 86_400_000;

/** What doctor says under one of these codes. */
const doctor = async (env: Record<string, string>, codes: RegExp): Promise<readonly Found[]> => {
  const { stdout } = await runcloseHere(['doctor', '--json'], {
    env: {
      DATABASE_URL: process.env['DATABASE_URL'],
      KAFKA_BROKERS: process.env['KAFKA_BROKERS'],
      SCHEMA_REGISTRY_URL: process.env['SCHEMA_REGISTRY_URL'],
      STARTUP_TIMEOUT_SECONDS: '2',
      ...env,
    },
  });
  return jsonLines<Found>(stdout).filter(({ code }) => codes.test(code ?? ''));
};

const listening = async (server: Server, port = 0): Promise<number> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
};

describe('If the certificate of a server has expired or expires soon, `runclose doctor`', function () {
  this.timeout(180_000);
  const authority = createAuthority('Authority');
  let postgres: TlsPostgres;
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  before(async () => {
    postgres = await startTlsPostgres();
  });
  after(async () => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    await postgres.remove();
  });

  const issued = (commonName: string, days: number) =>
    authority.issue({
      commonName,
      hosts: ['127.0.0.1'],
      validFrom: new Date(Date.now() - 90 * DAY_MS),
      validUntil: new Date(Date.now() + (days + 0.5) * DAY_MS),
    });

  /** A server that speaks TLS, and nothing in it. */
  const speaksTls = (commonName: string, days: number): Promise<number> => {
    const { certificate: cert, key } = issued(commonName, days);
    const server = createTlsServer({ cert, key }, (socket) => socket.on('error', () => undefined));
    server.on('connection', (socket: Socket) => sockets.push(socket));
    server.on('tlsClientError', () => undefined);
    servers.push(server);
    return listening(server);
  };

  it('says whose it is and since when, although no connection works', async () => {
    const [kafka, registry] = await Promise.all([speaksTls('broker', -3), speaksTls('registry', 5)]);
    await postgres.show(issued('database', -8));
    const login = { user: 'runclose', password: 'runclose' };
    const found = await doctor(
      {
        KAFKA_BROKERS: `127.0.0.1:${String(kafka)}`,
        KAFKA_SSL_CA: authority.certificate,
        SCHEMA_REGISTRY_URL: `https://127.0.0.1:${String(registry)}`,
        SCHEMA_REGISTRY_SSL_CA: authority.certificate,
        DATABASE_URL: `${postgres.urlOf(login)}?sslmode=verify-full`,
        DATABASE_SSL_CA: postgres.authority.certificate,
      },
      /^certificate-/,
    );
    const words = found.map(({ code, message }) => [
      code,
      message.replace(/:\d+ /, ' ').replace(/\d{4}-\S+/, 'DAY'),
    ]);
    expect(words).to.have.deep.members([
      [
        'certificate-expired',
        'the certificate of the broker at 127.0.0.1 (CN=broker) expired on DAY 2 days ago',
      ],
      [
        'certificate-expired',
        'the certificate of Postgres at 127.0.0.1 (CN=database) expired on DAY 7 days ago',
      ],
      [
        'certificate-expiring',
        'the certificate of the registry at 127.0.0.1 (CN=registry) expires on DAY in 5 days',
      ],
    ]);
    for (const { advice } of found) expect(advice).to.include('renew the certificate on that server');
  });

  it('says so of a certificate of its own, with the file and the day, and is content when the file is replaced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runclose-certificates-'));
    const [cert, key, ca] = ['cert.pem', 'key.pem', 'ca.pem'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const show = async (days: number): Promise<readonly Found[]> => {
      const client = issued('client', days);
      await Promise.all([writeFile(cert, client.certificate), writeFile(key, client.key)]);
      await writeFile(ca, issued('authority', days).certificate);
      const registry = { SCHEMA_REGISTRY_URL: 'https://127.0.0.1:1', SCHEMA_REGISTRY_SSL_CA: ca };
      const env = { KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key, ...registry };
      return doctor(env, /^certificate-|^configuration-wrong$/);
    };
    const words = (await show(-3)).map(({ code, message }) => [code, message.replace(/\d{4}-\S+/, 'DAY')]);
    expect(words).to.have.deep.members([
      ['certificate-expired', `the certificate in KAFKA_SSL_CERT (${cert}) expired on DAY 2 days ago`],
      ['certificate-expired', `the certificate in SCHEMA_REGISTRY_SSL_CA (${ca}) expired on DAY 2 days ago`],
    ]);
    expect(await show(90)).to.deep.equal([]);
    await rm(folder, { recursive: true });
  });
});

describe('If the metadata names an address that cannot be reached, `runclose doctor`', function () {
  this.timeout(300_000);
  const { options, remove } = createServersFolder();
  let kafka: OwnKafka;
  let reachable: Server;
  let dead: number;
  before(async () => {
    const [alive = 0, free = 0] = await chooseFreePorts(2);
    dead = free;
    // Through the first link, only broker 1 can be reached. Through the second link, none can.
    kafka = await startOwnKafka({
      ...options,
      brokers: 2,
      links: [
        [alive, dead],
        [dead, dead],
      ],
    });
    reachable = createServer((client) => {
      const broker = connect(entry(0), '127.0.0.1');
      for (const [one, other] of [
        [client, broker],
        [broker, client],
      ] as const)
        one.on('error', () => other.destroy()).pipe(other);
    });
    await listening(reachable, alive);
  });
  after(async () => {
    reachable.close();
    await kafka.stop('wipe');
    remove();
  });

  const entry = (link: number): number => kafka.linkPorts[link]?.[0] ?? 0;
  const unreachable = (link: number) =>
    doctor({ KAFKA_BROKERS: `127.0.0.1:${String(entry(link))}` }, /-unreachable$|^check-failed$/);

  it('names the one of two brokers, with its address and what to correct', async () => {
    const found = await unreachable(0);
    expect(found.map(({ code }) => code))
      .to.include('broker-unreachable')
      .and.not.include('kafka-unreachable');
    const [first] = found;
    expect(first?.message).to.match(
      new RegExp(`^broker 2 tells clients to use 127\\.0\\.0\\.1:${String(dead)}, .*ECONNREFUSED`),
    );
    expect(first?.advice).to.include('`advertised.listeners`');
  });

  it('names both if neither can be reached, and not the address that answers', async () => {
    const codes = (await unreachable(1)).map(({ code }) => code);
    expect(codes).to.deep.equal(['broker-unreachable', 'broker-unreachable']);
  });
});
