import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

const ROUNDS = 6;
const EACH_MS = 2_500;

describe('members that come and go all the time', function () {
  this.timeout(300_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(6);
  });
  after(() => deployment.remove());

  it('lose no command, double none, and keep the order', async () => {
    const staying = await deployment.serve();
    let last: Serving | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const ends = Date.now() + EACH_MS;
      const joining = deployment.serve({ SERVE_WORKERS: String(1 + (round % 2)) });
      for (let part = 0; part < 5; part++) {
        await deployment.publish(...manyCommands(200, (round * 5 + part) * 200));
        await sleep(EACH_MS / 10);
      }
      if (last !== undefined) {
        last.signal('SIGTERM');
        expect(await last.exited).to.equal(0);
      }
      last = await joining;
      await sleep(Math.max(0, ends - Date.now()));
    }
    await deployment.settled();

    const epochs = staying.log.filter(({ msg }) => msg === 'took the partition over').length;
    expect(epochs, 'times that the one who stays has taken a partition over').to.be.greaterThan(ROUNDS);
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});
