import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceStatus } from '../../src/operations/serve/instance-status.ts';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, untilLogged, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

const SHIFTED_CLOCK = fileURLToPath(new URL('../support/shifted-clock.mjs', import.meta.url));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
/** Two seconds each. `serve` has looked at the brokers before the clock jumps ahead, also if its start was slow. */
const JUMPS = [0, 0, 0, ...Array<number>(9).fill(-HOUR), ...Array<number>(4).fill(50 * MINUTE), 0, 0];
/** No command waits for as long, and the test does not last as long. */
const LONGEST_S = 60;

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

  it('and shows no negative or absurd age and no false alarm when it jumps back by an hour and ahead by 50 minutes', async () => {
    const began = performance.now();
    const serving = await serveWith(...JUMPS);
    const url = `http://127.0.0.1:${String(serving.httpPort)}`;
    const absurd: string[] = [];
    let looks = 0;
    for (let n = 0; performance.now() - began < JUMPS.length * 2_000; n++) {
      await deployment.publish(...manyCommands(50, n * 50));
      const metrics = await (await fetch(`${url}/metrics`)).text();
      for (const [line, value] of metrics.matchAll(/^runclose_\w+_seconds(?:\{.*\})? (\S+)$/gm))
        if (Number(value) < 0 || Number(value) > LONGEST_S) absurd.push(line);
      for (const [line] of metrics.matchAll(/^runclose_partition_alarm.*$/gm)) absurd.push(line);
      const status = (await (await fetch(`${url}/status`)).json()) as InstanceStatus;
      for (const { lagSeconds, alarms } of status.partitions)
        if (lagSeconds < 0 || lagSeconds > LONGEST_S || alarms.length > 0)
          absurd.push(JSON.stringify(status));
      if (status.uptimeSeconds < 0 || status.uptimeSeconds > LONGEST_S)
        absurd.push(`uptime ${String(status.uptimeSeconds)}`);
      if (!(await fetch(`${url}/health/ready`)).ok) absurd.push('not ready');
      looks += 1;
    }
    await deployment.settled();
    expect(looks).to.be.above(5);
    expect(absurd, absurd.slice(0, 3).join('\n')).to.deep.equal([]);
    const alarming = serving.log.filter(({ level }) => ['warn', 'error', 'fatal'].includes(String(level)));
    expect(alarming, JSON.stringify(alarming.slice(0, 3))).to.deep.equal([]);
    await expectPromisesKept(deployment);
  });

  it('and shows no absurd age of commands that come right after the start', async () => {
    const serving = await serveWith(HOUR / 2);
    await deployment.publish(...manyCommands(50));
    await deployment.settled();
    const metrics = await (await fetch(`http://127.0.0.1:${String(serving.httpPort)}/metrics`)).text();
    const [, sum, count] =
      /^runclose_command_age_seconds_sum (\S+)\nrunclose_command_age_seconds_count (\S+)$/m.exec(metrics) ??
      [];
    expect(Number(count)).to.be.above(0);
    expect(Number(sum) / Number(count)).to.be.within(0, LONGEST_S);
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
