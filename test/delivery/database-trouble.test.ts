import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import {
  failBatches,
  quickCommits,
  slowCommits,
  terminateSessions,
  triedBatches,
} from '../support/database-faults.ts';
import { databaseUrl } from '../support/database.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { holdLocks } from '../support/side-session.ts';

describe('trouble with Postgres delays, and that is all', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let serving: Serving;
  let published = 0;

  const publishMore = async (count: number): Promise<void> => {
    await deployment.publish(...manyCommands(count, published));
    published += count;
  };
  const stop = async (): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };

  before(async () => {
    deployment = await createDeployment(6);
    serving = await deployment.serve();
    await publishMore(200);
    await deployment.settled();
  });
  after(() => deployment.remove());
  afterEach('all promises are kept', async () => {
    await deployment.settled();
    await expectPromisesKept(deployment);
  });

  it('when its sessions are ended, in the middle of a transaction or idle', async () => {
    const { database } = deployment;
    const locks = await holdLocks(database, 'SELECT FROM runclose.channel_ledger FOR UPDATE');
    await publishMore(300);
    await until('a batch waits', locks.areWaitedFor);
    expect(await terminateSessions(database, "wait_event_type = 'Lock'")).to.be.greaterThan(0);
    await until('a batch waits again', locks.areWaitedFor);
    await terminateSessions(database, "wait_event_type = 'Lock'");
    await locks.release();
    await deployment.settled();
    await terminateSessions(database, "state = 'idle'");
    await publishMore(300);
  });

  it('when its sessions are ended during COMMIT', async () => {
    const { database } = deployment;
    await slowCommits(database, 0.5);
    await publishMore(300);
    let ended = 0;
    await until('commits were cut off', async () => {
      ended += await terminateSessions(database, "query = 'COMMIT' AND state = 'active'");
      return ended >= 5;
    });
    await quickCommits(database);
  });

  it('when it is slow', async () => {
    const { database } = deployment;
    await slowCommits(database, 1);
    await publishMore(600);
    await deployment.settled();
    await quickCommits(database);
  });

  for (const [trouble, sqlState] of [
    ['a serialization failure', '40001'],
    ['a deadlock', '40P01'],
    ['a full disk', '53100'],
    ['a shutdown', '57P01'],
  ] as const) {
    it(`when it answers with ${trouble}`, async () => {
      const { database } = deployment;
      await failBatches(database, sqlState, 4);
      await publishMore(200);
      await deployment.settled();
      expect(await triedBatches(database), 'batches tried').to.be.greaterThan(4);
      await database.query('DROP FUNCTION runclose.fail CASCADE; DROP SEQUENCE runclose.faults');
    });
  }

  it('when somebody else locks ledgers in the opposite order', async () => {
    const { database } = deployment;
    const lock = (channel: string): string =>
      `SELECT FROM runclose.channel_ledger WHERE channel_id = '${channel}' FOR UPDATE`;
    // The last channel of a batch first, and the ones before it while the batch, which holds them, waits.
    const locks = await holdLocks(database, lock('C9'));
    await publishMore(400);
    await until('a batch waits', locks.areWaitedFor);
    for (let n = 0; n < 20; n++) {
      const isEnded = await locks.query(lock(`C${String(n)}`)).then(
        () => false,
        () => true,
      );
      if (isEnded) break;
    }
    await locks.release();
    await until('a deadlock is counted', async () => {
      const [row] = await database.query(
        'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
      );
      return Number(row?.['deadlocks']) > 0;
    });
  });

  it('when one connection serves six partitions', async () => {
    await stop();
    await publishMore(600);
    serving = await deployment.serve({ DATABASE_POOL_SIZE: '1' });
  });

  it('when the server gives out fewer connections than there are partitions', async () => {
    await stop();
    const { database } = deployment;
    const name = `runclose_test_${randomUUID().slice(0, 8)}`;
    await database.query(
      `CREATE ROLE "${name}" LOGIN PASSWORD 'few' CONNECTION LIMIT 2; GRANT runclose_processor TO "${name}"`,
    );
    await publishMore(600);
    const url = databaseUrl(database.name, { name, password: 'few' });
    serving = await deployment.serve({ DATABASE_URL: url });
    await deployment.settled();
    await stop();
    await database.query(`DROP ROLE "${name}"`);
    serving = await deployment.serve();
  });

  it("and Kafka's own reader sees the same", async () => {
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});
