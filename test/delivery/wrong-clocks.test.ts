import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, untilLogged, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

const SHIFTED_CLOCK = fileURLToPath(new URL('../support/shifted-clock.mjs', import.meta.url));
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

describe('a wrong clock changes no decision', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(2);
  });
  afterEach(() => deployment.remove());

  const serveWith = (...shifts: number[]) =>
    deployment.serve({ CLOCK_SHIFT: shifts.join(',') }, { nodeArguments: ['--import', SHIFTED_CLOCK] });

  it('whether it is years behind or minutes ahead', async () => {
    await deployment.publish(...manyCommands(200));
    const behind = await serveWith(-30 * YEAR);
    await deployment.settled();
    expect(String(behind.log[0]?.['time']), 'the clock is wrong').to.match(/^199/);
    behind.signal('SIGTERM');
    expect(await behind.exited).to.equal(0);

    await deployment.publish(...manyCommands(200, 200));
    await serveWith(HOUR / 2);
    await deployment.settled();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('when it jumps ahead and back again', async () => {
    await serveWith(0, HOUR / 2, -HOUR, -30 * YEAR, HOUR / 2, 0);
    for (let n = 0; n < 12; n++) {
      await deployment.publish(...manyCommands(100, n * 100));
      await sleep(1_000);
    }
    await deployment.settled();
    await expectPromisesKept(deployment);
  });

  it('but one so far ahead that the broker refuses its records stops the processor, and nothing is lost', async () => {
    await deployment.publish(...manyCommands(200));
    const ahead = await serveWith(30 * YEAR);
    await untilLogged(ahead, 'KAFKA_INVALID_TIMESTAMP');
    expect(await ahead.exited).to.equal(1);
    await deployment.serve();
    await deployment.settled();
    await expectPromisesKept(deployment);
  });
});
