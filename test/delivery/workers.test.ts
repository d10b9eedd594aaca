import { expect } from 'chai';
import { type Crash, withCrash } from '../support/crashes.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept } from '../support/promises.ts';

const get = (serving: Serving, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(serving.httpPort)}${path}`);

describe('several workers in one process', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(2);
  });
  after(() => deployment.remove());

  it('answer, count, log and drain as one, and those without a partition stand by', async () => {
    const serving = await deployment.serve({ SERVE_WORKERS: '3' });
    await deployment.publish(...manyCommands(200));
    await deployment.settled();

    const ready = await get(serving, '/health/ready');
    const text = await ready.text();
    expect(ready.status, text).to.equal(200);
    expect(text)
      .to.match(/worker \d: has partitions 0[;"]/)
      .and.match(/worker \d: has partitions 1[;"]/)
      .and.match(/worker \d: standing by/);

    const metrics = await (await get(serving, '/metrics')).text();
    expect(sumOf(metrics, 'runclose_commands_total')).to.equal(200);
    expect(metrics.match(/^runclose_lease_epoch\{/gm)).to.have.length(2);
    expect(metrics.match(/^process_resident_memory_bytes /gm)).to.have.length(1);

    const { stdout } = await deployment.runclose('status');
    expect(stdout)
      .to.match(/^ *#1 +runclose\S* on /m)
      .and.match(/^ +0 +#1 /m)
      .and.match(/^ +1 +#1 /m)
      .and.not.include('#2');

    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
    const { log } = serving;
    expect(
      log.filter(({ msg }) => msg === 'more workers than partitions: some workers stand by'),
    ).to.have.length(1);
    const takenOver = log.filter(({ msg }) => msg === 'took the partition over');
    expect(new Set(takenOver.map(({ worker }) => worker)).size).to.equal(2);
    expect(log.filter(({ msg }) => msg === 'drained')).to.have.length(1);
    await expectPromisesKept(deployment);
  });

  it('lose, double and tear nothing when their process is killed', async () => {
    for (let round = 0; round < 2; round++) {
      const serving = await deployment.serve({ SERVE_WORKERS: '2' });
      const decided = async (): Promise<number> => (await deployment.outcomes()).length;
      const before = await decided();
      await deployment.publish(...manyCommands(1_000, 10_000 + round * 1_000));
      await until('some of it is emitted', async () => (await decided()) > before);
      serving.signal('SIGKILL');
      await serving.exited;
      await removeDeadMembers(deployment);
    }
    const last = await deployment.serve({ SERVE_WORKERS: '2' });
    await deployment.settled();
    await expectPromisesKept(deployment);
    last.signal('SIGTERM');
    expect(await last.exited).to.equal(0);
  });

  const crashes: readonly [Crash, code: string][] = [
    ['ends by itself', 'WORKER_ENDED'],
    ['fails where nobody waits', 'WORKER_CRASHED'],
    ['uses up its memory', 'WORKER_OUT_OF_MEMORY'],
    ['hangs', 'STANDSTILL'],
  ];
  crashes.forEach(([crash, code], round) => {
    it(`end together if one ${crash}`, async () => {
      const serving = await deployment.serve(...withCrash(crash, 2));
      await deployment.publish(...manyCommands(40, 1_000 * (round + 1)), {
        commandId: crash,
        runId: crash,
        channelId: crash,
      });
      if (crash === 'hangs')
        await until('it is not live', async () => (await get(serving, '/health/live')).status === 503);
      expect(await serving.exited, 'exit code').to.equal(1);
      const fatal = serving.log.filter(({ level }) => level === 'fatal');
      expect(fatal.map(({ err }) => (err as { code: string }).code)).to.deep.equal([code]);

      await removeDeadMembers(deployment);
      const next = await deployment.serve({ SERVE_WORKERS: '2' });
      await deployment.settled();
      await expectPromisesKept(deployment);
      next.signal('SIGTERM');
      expect(await next.exited).to.equal(0);
    });
  });
});

const sumOf = (metrics: string, name: string): number =>
  [...metrics.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
