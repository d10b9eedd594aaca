import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { startOf } from '../../../scripts/process-identity.mjs';
import { root } from '../../../scripts/stack/folders.ts';
import type { OwnServer } from '../../../scripts/stack/own-server.ts';
import { startOwnKafka, startOwnPostgres, startOwnRegistry } from '../../../scripts/stack/own-servers.ts';
import { until } from '../../support/condition.ts';

const quiet = { say: () => undefined, update: () => undefined };

describe('A server of one’s own', function () {
  this.timeout(120_000);

  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runclose-own-'));
    // PostgreSQL's account has to get in.
    chmodSync(folder, 0o755);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = () => ({ folder, progress: quiet, signal: new AbortController().signal });

  const query = async (server: OwnServer, text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: server.variables['DATABASE_URL'] });
    await client.connect();
    try {
      return (await client.query(text)).rows as unknown[];
    } finally {
      await client.end();
    }
  };

  it('comes back on its port and its data after it was killed', async () => {
    const postgres = await startOwnPostgres(options());
    try {
      await query(postgres, 'create table kept as select 7 as seven');
      const before = postgres.pid();
      await postgres.kill('SIGKILL');
      expect(postgres.pid()).to.equal(undefined);
      await postgres.start();
      expect(postgres.pid()).to.not.equal(before);
      expect(await query(postgres, 'select seven from kept')).to.deep.equal([{ seven: 7 }]);
    } finally {
      await postgres.stop('wipe');
    }
  });

  it('answers nobody while it is frozen, and everybody afterwards', async () => {
    const postgres = await startOwnPostgres(options());
    try {
      postgres.freeze();
      const client = new pg.Client({
        connectionString: postgres.variables['DATABASE_URL'],
        connectionTimeoutMillis: 500,
      });
      const refusal = await client.connect().then(
        () => 'connected',
        () => 'no answer',
      );
      expect(refusal).to.equal('no answer');
      postgres.thaw();
      expect(await query(postgres, 'select 1 as one')).to.deep.equal([{ one: 1 }]);
    } finally {
      await postgres.stop('wipe');
    }
  });

  it('sends clients that came through a link back through it', async () => {
    let behind = 0;
    const link = createServer((client) => {
      const upstream = connect(behind, '127.0.0.1');
      client.pipe(upstream).pipe(client);
      for (const side of [client, upstream]) side.on('error', () => side.destroy());
    });
    link.listen(0, '127.0.0.1');
    await once(link, 'listening');
    const { port } = link.address() as AddressInfo;
    const kafka = await startOwnKafka({ ...options(), brokers: 1, links: [[port]] });
    try {
      behind = kafka.linkPorts[0]?.[0] ?? 0;
      const client = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
      const admin = client.admin();
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      await admin.disconnect();
      expect(brokers).to.deep.equal([{ nodeId: 1, host: '127.0.0.1', port }]);
    } finally {
      link.close();
      await kafka.stop('wipe');
    }
  });

  it('may be a registry, which comes back empty', async () => {
    const registry = await startOwnRegistry(options());
    const subjects = `${registry.variables['SCHEMA_REGISTRY_URL'] ?? ''}/subjects`;
    try {
      await fetch(`${subjects}/order/versions`, {
        method: 'POST',
        body: JSON.stringify({ schema: '{"type":"string"}' }),
        headers: { 'content-type': 'application/json' },
      });
      expect(await (await fetch(subjects)).json()).to.deep.equal(['order']);
      await registry.kill('SIGKILL');
      await registry.start();
      expect(await (await fetch(subjects)).json()).to.deep.equal([]);
    } finally {
      await registry.stop('wipe');
    }
  });

  it('ends with the process that started it, even if frozen and even if that process is killed', async () => {
    const owner = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', OWNER_OF_A_FROZEN_SERVER, folder],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(owner, 'exit');
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const pids = line.toString().trim().split(' ').map(Number);
    expect(pids.length).to.be.greaterThan(1);
    owner.kill('SIGKILL');
    await ended;
    await until('the server and its children are gone', () =>
      pids.every((pid) => startOf(pid) === undefined),
    );
  });
});

const OWNER_OF_A_FROZEN_SERVER = `
  import { startOwnPostgres } from './scripts/stack/own-servers.ts';
  import { descendantsOf } from './scripts/stack/process-tree.ts';
  const progress = { say: () => undefined, update: () => undefined };
  const signal = new AbortController().signal;
  const postgres = await startOwnPostgres({ folder: process.argv[1], progress, signal });
  postgres.freeze();
  const family = [postgres.pid(), ...descendantsOf(postgres.pid()).map(({ pid }) => pid)];
  console.log(family.join(' '));
  setInterval(() => undefined, 1000);
`;
