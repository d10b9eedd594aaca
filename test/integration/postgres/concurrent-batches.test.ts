import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { readLedger } from '../../../src/postgres/ledgers.ts';
import { createPool, type Database } from '../../../src/postgres/pool.ts';
import type { DecisionStore } from '../../../src/processor/ports/decision-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startPostgresProxy } from '../../support/postgres-proxy/postgres-proxy.ts';
import { aClaim, aStore, closeAll, closeEach, failureFrom, takeLease } from './batches.ts';

describe('batches that meet each other, or an end', () => {
  let database: TestDatabase;
  let pool: Database;
  let store: DecisionStore;

  before(async () => {
    database = await createTestDatabase();
    pool = await database.openPool();
    store = aStore(pool);
  });

  after(async () => {
    await pool.end();
    await database.remove();
  });

  afterEach(() => database.empty());

  /** Does something to the backends of an application that wait in a statement with this text, as soon as there are any. */
  const onceWaitingIn = async (text: string, action: string, application: string): Promise<void> => {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      const [row] = await database.query(
        `SELECT count(${action}) > 0 AS done FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()
           AND state = 'active' AND wait_event IS NOT NULL AND query LIKE $2`,
        [application, `%${text}%`],
      );
      if (row?.['done'] === true) return;
      await sleep(10);
    }
    throw new Error(`nobody waits in ${text}`);
  };

  const terminateWhoWaitsIn = (text: string) =>
    onceWaitingIn(text, 'pg_terminate_backend(pid)', 'runclose test');

  /** Holds up each transaction that inserts decisions: after the insert, or at its commit. */
  const holdUp = async (when: 'AFTER' | 'AT COMMIT'): Promise<() => Promise<unknown>> => {
    await database.query(`
      CREATE FUNCTION runclose.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$`);
    await database.query(
      when === 'AFTER'
        ? 'CREATE TRIGGER hold_up AFTER INSERT ON runclose.decision EXECUTE FUNCTION runclose.hold_up()'
        : `CREATE CONSTRAINT TRIGGER hold_up AFTER INSERT ON runclose.decision
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION runclose.hold_up()`,
    );
    return () => database.query('DROP FUNCTION runclose.hold_up() CASCADE');
  };

  /** Runs the work in a store behind a proxy. Resolves with the number of transactions that were rolled back, as a deadlock does. */
  const rollbacksDuring = async (work: (store: DecisionStore) => Promise<void>): Promise<number> => {
    const proxy = await startPostgresProxy(database.settings.url);
    const proxied = await createPool({ url: proxy.url, poolSize: 4 }, 'runclose test');
    const rollbacks = proxy.inject({ when: ({ sql }) => sql === 'ROLLBACK' });
    try {
      await work(aStore(proxied));
      return rollbacks.fired();
    } finally {
      await proxied.end();
      await proxy.close();
    }
  };

  it('do not lock each other out, though they name the same channels in opposite orders', async () => {
    const lanes = await Promise.all([takeLease(store, 0), takeLease(store, 1)]);
    const channels = Array.from({ length: 50 }, (_, index) => `C${index}`);
    const orders = [channels, channels.toReversed()];
    const rollbacks = await rollbacksDuring(async (proxied) => {
      for (let round = 0; round < 5; round++)
        await Promise.all(
          lanes.map((lease, lane) => {
            const claims = (orders[lane] ?? []).map((channelId, index) => {
              const id = `${lane}-${round}-${index}`;
              return aClaim({ offset: round * 50 + index, channelId, commandId: id, runId: id });
            });
            return closeAll(proxied, lease, claims);
          }),
        );
    });
    expect(rollbacks, 'nothing had to be decided twice').to.equal(0);
    for (const channelId of ['C0', 'C49']) {
      const { ledger } = await readLedger(pool, channelId);
      expect(ledger.head.sequence).to.equal(10);
      expect([...ledger.members.values()].reduce((sum, { balance }) => sum + balance, 0)).to.equal(0);
    }
  });

  it('make new channels at the same moment without waiting for each other in a circle', async () => {
    const lanes = await Promise.all([0, 1, 2, 3].map((partition) => takeLease(store, partition)));
    const rollbacks = await rollbacksDuring(async (proxied) => {
      for (let round = 0; round < 5; round++)
        await Promise.all(
          lanes.map((lease, lane) => {
            const claims = Array.from({ length: 100 }, (_, index) => {
              const id = `${lane}-${round}-${index}`;
              const channelId = `C${round}-${(index * 37 + lane * 25) % 100}`;
              return aClaim({ offset: round * 100 + index, channelId, commandId: id, runId: id });
            });
            return closeAll(proxied, lease, claims);
          }),
        );
    });
    expect(rollbacks).to.equal(0);
    for (const channelId of ['C0-0', 'C4-99'])
      expect((await readLedger(pool, channelId)).ledger.head.sequence).to.equal(4);
  });

  it('are decided again, on the state of that moment, when the database asks for it', async () => {
    const lease = await takeLease(store);
    await database.query(`
      CREATE SEQUENCE runclose.tries;
      CREATE FUNCTION runclose.conflict_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        IF nextval('runclose.tries') < 3 THEN RAISE SQLSTATE '40001' USING MESSAGE = 'could not serialize'; END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER conflict_once AFTER INSERT ON runclose.decision EXECUTE FUNCTION runclose.conflict_once()`);
    try {
      const claims = [aClaim({ offset: 0 })];
      const sequences: number[] = [];
      await closeAll(store, lease, claims, (state) => {
        sequences.push(state.channel('C1').ledger.head.sequence);
        return closeEach(claims)(state);
      });
      expect(sequences).to.deep.equal([0, 0, 0]);
      expect((await readLedger(pool, 'C1')).ledger.head.sequence).to.equal(1);
    } finally {
      await database.query('DROP FUNCTION runclose.conflict_once() CASCADE; DROP SEQUENCE runclose.tries');
    }
  });

  for (const [when, place, text] of [
    ['in the middle of its transaction', 'AFTER', 'INSERT INTO decision'],
    ['at its commit', 'AT COMMIT', 'COMMIT'],
  ] as const) {
    it(`leave nothing behind when the server ends one ${when}, and go through when tried again`, async () => {
      const lease = await takeLease(store);
      const letGo = await holdUp(place);
      const claims = [aClaim({ offset: 0 })];
      const failing = failureFrom(closeAll(store, lease, claims));
      try {
        await terminateWhoWaitsIn(text);
      } finally {
        await letGo();
      }
      expect(await failing).to.include({ kind: 'transient', code: 'POSTGRES_UNAVAILABLE' });
      expect((await readLedger(pool, 'C1')).ledger.head.sequence).to.equal(0);

      await closeAll(store, lease, claims);
      expect((await readLedger(pool, 'C1')).ledger.head.sequence).to.equal(1);
    });
  }

  it('give up on a lock after two seconds', async () => {
    const lease = await takeLease(store);
    await closeAll(store, lease, [aClaim({ offset: 0 })]);
    const holder = database.query(
      'BEGIN; SELECT FROM runclose.channel_ledger FOR UPDATE; SELECT pg_sleep(60)',
    );
    await onceWaitingIn('FOR UPDATE', 'pid', '');
    const started = Date.now();
    const failure = await failureFrom(closeAll(store, lease, [aClaim({ offset: 1 })]));
    await onceWaitingIn('FOR UPDATE', 'pg_cancel_backend(pid)', '');
    expect((await failureFrom(holder)).message).to.contain('user request');
    expect(failure).to.include({ kind: 'transient', code: 'POSTGRES_BUSY' });
    expect(failure.message, 'not the time-out of the statement').to.contain('lock timeout');
    expect(Date.now() - started).to.be.at.least(1_900);
  });

  it('are found as stored when the answer to their commit is lost', async () => {
    const proxy = await startProxy(database.settings.url);
    const proxied = await createPool({ url: proxy.url, poolSize: 2 }, 'runclose test');
    try {
      const distant = aStore(proxied);
      const lease = await takeLease(distant);
      await closeAll(distant, lease, [aClaim({ offset: 0 })]);
      const claims = [aClaim({ offset: 1 })];
      proxy.swallowAnswerTo('COMMIT');
      expect(await failureFrom(closeAll(distant, lease, claims))).to.include({ kind: 'transient' });
      await closeAll(distant, lease, claims, (state) => {
        expect(state.emitted(1)?.['run.closed']?.toString()).to.equal('closed run-1');
        return { decisions: [], duplicates: [], ledgers: [] };
      });
    } finally {
      await proxied.end();
      await proxy.stop();
    }
  });
});

type Proxy = { readonly url: string; swallowAnswerTo(statement: string): void; stop(): Promise<void> };

/** Stands before the server, and can drop a connection at the moment when the server answers a statement. */
const startProxy = async (target: string): Promise<Proxy> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let statement: string | null = null;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port || '5432'), hostname);
    let swallow = false;
    client.on('data', (data) => {
      if (statement !== null && data.includes(statement)) {
        swallow = true;
        statement = null;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => (swallow ? client.destroy() : client.write(data)));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(target);
  url.host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`;
  return {
    url: url.href,
    swallowAnswerTo: (text) => {
      statement = text;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
