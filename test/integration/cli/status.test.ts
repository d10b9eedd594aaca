import { expect } from 'chai';
import { JSON_LINES } from '../../../src/cli/json/lines.ts';
import type { InstanceStatus } from '../../../src/operations/serve/instance-status.ts';
import { until } from '../../support/condition.ts';
import { createCuttableLink, type CuttableLink } from '../../support/cuttable-link.ts';
import { createDeployment, type Deployment, type Serving } from '../../support/deployment.ts';
import { type Json, jsonLines } from '../../support/json-lines.ts';
import { holdLocks } from '../../support/side-session.ts';
import { type RuncloseProcess, startRunclose } from '../../support/runclose-process.ts';

const DEADLINE_MS = 60_000;
const CLOSED = { kafka: 'closed', postgres: 'closed', registry: 'closed' };

describe('The status of the group', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  let serving: Serving;
  let link: CuttableLink;
  let started: RuncloseProcess[];

  before(async () => {
    started = [];
    deployment = await createDeployment(2);
    const url = new URL(deployment.env['DATABASE_URL']!);
    link = await createCuttableLink(url.hostname, Number(url.port || 5432));
    serving = await deployment.serve({ SERVE_WORKERS: '2' });
  });
  after(async () => {
    for (const it of started) it.kill();
    await Promise.all(started.map(({ ended }) => ended));
    await link.close();
    await deployment.remove();
  });

  const throughTheLink = (): string => {
    const url = new URL(deployment.env['DATABASE_URL']!);
    url.hostname = '127.0.0.1';
    url.port = String(link.port);
    return url.href;
  };

  const ofInstance = async (): Promise<InstanceStatus> =>
    (await fetch(`http://127.0.0.1:${String(serving.httpPort)}/status`)).json() as Promise<InstanceStatus>;

  it('is known to each process over HTTP: version, workers, partitions, lag and breakers', async () => {
    await until(
      'both workers have a partition',
      async () => (await ofInstance()).partitions.length === 2,
      DEADLINE_MS,
    );
    await deployment.publish({ commandId: 'a', runId: 'a' });
    await deployment.settled();
    const decided = async (): Promise<number> =>
      (await ofInstance()).partitions.reduce((sum, { next }) => sum + (next ?? 0), 0);
    await until('the process knows of the command', async () => (await decided()) > 0, DEADLINE_MS);
    const { version, startedAt, uptimeSeconds, partitions, ...status } = await ofInstance();
    expect(status).to.include({ groupId: deployment.groupId, state: 'serving' });
    expect(status.breakers).to.deep.equal(CLOSED);
    expect(status.workers).to.deep.equal([
      { worker: 1, state: 'member' },
      { worker: 2, state: 'member' },
    ]);
    expect(partitions.map(({ worker }) => worker).sort()).to.deep.equal([1, 2]);
    expect(partitions.map(({ lagSeconds, alarms }) => [lagSeconds, alarms])).to.deep.equal([
      [0, []],
      [0, []],
    ]);
    expect(version).to.match(/^\d+\.\d+\.\d+/);
    expect(uptimeSeconds).to.be.at.least(1);
    expect(Date.parse(startedAt)).to.be.within(Date.now() - DEADLINE_MS * 2, Date.now());
  });

  it('names the instance with its version, uptime and breakers', async () => {
    const { code, stdout } = await deployment.runclose('status');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^#1 +runclose-1 on \S+ +\d+\.\d+\.\d+\S* +\d+ (s|min) +2 +closed$/m);
    const owners = jsonLines((await deployment.runclose('status', '--json')).stdout).map(
      ({ owner }) => (owner as Json)['instance'],
    );
    const { instance } = await ofInstance();
    expect(owners).to.deep.equal([instance, instance]);
  });

  const watch = (...args: string[]): RuncloseProcess => {
    const watching = startRunclose(['status', '--watch', '1', ...args], {
      ...deployment.env,
      DATABASE_URL: throughTheLink(),
    });
    started.push(watching);
    return watching;
  };

  /** The whole lines so far. */
  const linesOf = (watching: RuncloseProcess): Json[] =>
    jsonLines(watching.stdout().slice(0, watching.stdout().lastIndexOf('\n') + 1));
  const committed = (line: Json): number =>
    ((line['partitions'] ?? []) as { committed: number | null }[]).reduce(
      (sum, it) => sum + (it.committed ?? 0),
      0,
    );

  it('shows a change to a watcher, continues after an outage of Postgres, and ends with Ctrl-C', async () => {
    const watching = watch();
    const seen = (what: string, is: (lines: Json[]) => boolean) =>
      until(what, () => is(linesOf(watching)), DEADLINE_MS);
    await seen('a first picture', (lines) => lines.length > 0);
    const [first = {}] = linesOf(watching);
    const instances = first['instances'] as Json[];
    expect(instances.map(({ workers, breakers }) => ({ workers, breakers }))).to.deep.equal([
      { workers: 2, breakers: CLOSED },
    ]);
    await deployment.publish({ commandId: 'b', runId: 'b' });
    await seen('the change', (lines) => lines.some((it) => committed(it) > committed(first)));

    link.cut();
    await seen('the outage', (lines) => lines.some((it) => 'failure' in it));
    link.heal();
    await seen('the end of the outage', (lines) => 'partitions' in (lines.at(-1) ?? {}));

    for (const line of linesOf(watching)) JSON_LINES.status.parse(line);
    watching.interrupt();
    expect((await watching.ended).code).to.equal(130);
  });

  it('ends with 0 when the reader of the watch leaves', async () => {
    const watching = watch('--json');
    await until('a first picture', () => linesOf(watching).length > 0, DEADLINE_MS);
    watching.stopReading();
    expect((await watching.ended).code).to.equal(0);
  });

  it('says over HTTP that the process drains, until the batch in flight is done', async () => {
    const locks = await holdLocks(deployment.database, 'SELECT FROM runclose.channel_ledger FOR UPDATE');
    await deployment.publish({ commandId: 'c', runId: 'c' });
    await until('the batch waits', locks.areWaitedFor, DEADLINE_MS);
    serving.signal('SIGTERM');
    await until('it drains', async () => (await ofInstance()).state === 'draining', DEADLINE_MS);
    await locks.release();
    expect(await serving.exited).to.equal(0);
  });
});
