import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { holdLocks } from '../support/side-session.ts';
import { until } from '../support/condition.ts';

describe('whenever it is told to stop, it ends with exit code 0 and nothing is lost', function () {
  this.timeout(300_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(2);
  });
  afterEach(() => deployment.remove());

  const stop = async (serving: Serving): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited, 'exit code').to.equal(0);
  };
  const finish = async (): Promise<void> => {
    await deployment.serve();
    await deployment.settled();
    await expectPromisesKept(deployment);
  };

  it('again and again in the middle of its work', async () => {
    const stops = 6;
    await deployment.publish(...manyCommands(1_000));
    for (let n = 0; n < stops; n++) {
      const serving = await deployment.serve({ SERVE_WORKERS: String(1 + (n % 2)) });
      await deployment.publish(...manyCommands(800, 1_000 + n * 800));
      await sleep(n * 60);
      await stop(serving);
    }
    await deployment.serve();
    await deployment.settled();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('while it has nothing to do', async () => {
    const serving = await deployment.serve();
    await stop(serving);
    await deployment.publish(...manyCommands(20));
    await finish();
  });

  it('while Postgres works on a batch', async () => {
    await deployment.publish(...manyCommands(40));
    const first = await deployment.serve();
    await deployment.settled();
    const locks = await holdLocks(deployment.database, 'SELECT FROM runclose.channel_ledger FOR UPDATE');
    await deployment.publish(...manyCommands(40, 40));
    await until('the batch waits', locks.areWaitedFor);
    first.signal('SIGTERM');
    await locks.release();
    expect(await first.exited).to.equal(0);
    await finish();
  });

  it('while it waits for a lock that nobody releases', async () => {
    await deployment.publish(...manyCommands(40));
    const first = await deployment.serve();
    await deployment.settled();
    const locks = await holdLocks(deployment.database, 'SELECT FROM runclose.channel_ledger FOR UPDATE');
    await deployment.publish(...manyCommands(40, 40));
    await until('the batch waits', locks.areWaitedFor);
    await stop(first);
    await locks.release();
    await finish();
  });

  it('while a transaction of Kafka is open', async () => {
    const first = await deployment.serve();
    await deployment.publish(...manyCommands(6_000));
    await untilTransactionIsOpen(deployment);
    await stop(first);
    await finish();
  });

  it('while it still joins its group', async () => {
    const first = await deployment.serve();
    const second = await deployment.serve();
    await Promise.all([stop(first), stop(second)]);
    await deployment.publish(...manyCommands(20));
    await finish();
  });

  it('even when it is told again and again', async () => {
    await deployment.publish(...manyCommands(3_000));
    const serving = await deployment.serve();
    const telling = setInterval(() => {
      serving.signal('SIGTERM');
    }, 5);
    try {
      expect(await serving.exited).to.equal(0);
    } finally {
      clearInterval(telling);
    }
    await finish();
  });
});

const untilTransactionIsOpen = ({ openTransactions }: Deployment): Promise<void> =>
  until('a transaction is open', async () => (await openTransactions()) > 0);
