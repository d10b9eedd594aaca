import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { startKafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { startPostgresProxy } from '../support/postgres-proxy/postgres-proxy.ts';
import type { Direction, Link } from '../support/proxy/link.ts';
import { startTcpProxy } from '../support/proxy/tcp-proxy.ts';

/** The way to one of the servers, and what tells the processor to take it. */
type Way = {
  readonly link: Link;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
};

const SERVERS: Readonly<Record<string, (deployment: Deployment) => Promise<Way>>> = {
  Kafka: async ({ brokers }) => {
    const { brokers: proxied, ...proxy } = await startKafkaProxy(brokers);
    return { ...proxy, env: { KAFKA_BROKERS: proxied } };
  },
  Postgres: async ({ database }) => {
    const { url, ...proxy } = await startPostgresProxy(database.settings.url);
    return { ...proxy, env: { DATABASE_URL: url } };
  },
  'the registry': async ({ env }) => {
    const url = new URL(env['SCHEMA_REGISTRY_URL'] ?? '');
    const { port, ...proxy } = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(port);
    return { ...proxy, env: { SCHEMA_REGISTRY_URL: url.href } };
  },
};

const DIRECTIONS: readonly Direction[] = ['to the server', 'to the client', 'both'];
/** Longer than any request may take, and one of them longer than a member's session. */
const CUT_MS = { 'to the server': 13_000, 'to the client': 13_000, both: 35_000 } as const;
const HEALED_WITHIN_MS = 60_000;
const PORTION = 40;

const cutInEachDirection = async (wayTo: (deployment: Deployment) => Promise<Way>): Promise<void> => {
  const deployment = await createDeployment(2);
  const { link, env, close } = await wayTo(deployment);
  try {
    const serving = await deployment.serve(env);
    let published = 0;
    const publish = async (): Promise<void> => {
      await deployment.publish(...manyCommands(PORTION, published));
      published += PORTION;
    };
    await publish();
    await deployment.settled();
    let exited: number | null | undefined;
    void serving.exited.then((code) => (exited = code));

    for (const direction of DIRECTIONS) {
      // Work is under way when it happens, and more comes.
      await publish();
      link.cut(direction);
      await publish();
      await sleep(CUT_MS[direction]);
      const live = await fetch(`http://127.0.0.1:${String(serving.httpPort)}/health/live`);
      expect(live.status, `health while cut ${direction}`).to.equal(200);
      link.heal();
      await deployment.settled(HEALED_WITHIN_MS);
    }
    expect(exited, 'exit code').to.equal(undefined);
    await expectAllIsWell(deployment);
  } finally {
    await deployment.remove();
    await close();
  }
};

describe('a network that is cut, in one direction or both, delays and loses nothing', function () {
  this.timeout(5 * 60_000);
  /** Side by side, since they mostly wait. */
  const cuts = new Map<string, Promise<void>>();
  before(() => {
    for (const [server, wayTo] of Object.entries(SERVERS)) {
      const cut = cutInEachDirection(wayTo);
      cut.catch(() => undefined);
      cuts.set(server, cut);
    }
  });
  after(() => Promise.allSettled(cuts.values()));

  for (const server of Object.keys(SERVERS)) {
    it(`between the processor and ${server}`, () => cuts.get(server));
  }
});
