import { setTimeout as sleep } from 'node:timers/promises';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('a batch that takes longer than its transaction may', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(1);
  });
  after(() => deployment.remove());

  it('is done again from the start: nothing of it is seen twice, and nothing of it is lost', async () => {
    await deployment.publish(...manyCommands(20_000));
    const serving = await deployment.serve();
    await freezeInTransaction(serving);
    // The broker ends it, twenty seconds after it began or a little later.
    await until('the broker has ended the transaction', () => nothingIsOpen(), 60_000);
    serving.signal('SIGCONT');
    await deployment.settled(120_000);
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  const nothingIsOpen = async (): Promise<boolean> => (await deployment.openTransactions()) === 0;

  const freezeInTransaction = (serving: Serving): Promise<void> =>
    until('it is frozen while a transaction is open', async () => {
      serving.signal('SIGSTOP');
      // What it has sent may still arrive.
      await sleep(30);
      if (!(await nothingIsOpen())) return true;
      serving.signal('SIGCONT');
      return false;
    });
});
