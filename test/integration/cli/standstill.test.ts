import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { until } from '../../support/condition.ts';
import { createCuttableLink, type CuttableLink } from '../../support/cuttable-link.ts';
import { UNCOUNTED_IN_COVERAGE } from '../../support/serve-process.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';

const CLOSELY_WATCHED = fileURLToPath(new URL('../../support/closely-watched-serve.ts', import.meta.url));

/** What it may stand still for, as that file says. */
const EXIT_MS = 9_000;

/** A channel whose commands stand in this partition. */
const channelIn = (partition: number): string => {
  for (let n = 0; ; n += 1) if (partitionOf(Buffer.from(`C${n}`), 2) === partition) return `C${n}`;
};

type LogLine = {
  readonly level: string;
  readonly msg: string;
  readonly httpPort?: number;
  readonly err?: object;
};

describe('A processor that stands still', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let children: ChildProcess[];
  let exits: Promise<unknown>[];
  let link: CuttableLink | undefined;

  beforeEach(async () => {
    [children, exits] = [[], []];
    deployment = await createDeployment(2);
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(exits);
    await link?.close();
    link = undefined;
    await deployment.remove();
  });

  const serve = async (env: Readonly<Record<string, string>>) => {
    const child = spawn(process.execPath, ['--import', 'tsx', CLOSELY_WATCHED, 'serve'], {
      env: { PATH: process.env['PATH'], ...deployment.env, ...env, ...UNCOUNTED_IN_COVERAGE },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const exited = once(child, 'exit') as Promise<[number | null]>;
    exits.push(exited);
    const log: LogLine[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line) as LogLine));
    const serving = () => log.find(({ msg }) => msg === 'serving');
    await until('it serves', () => serving() !== undefined, 60_000);
    const progress = async (): Promise<{
      readonly live: boolean;
      readonly status: string;
      readonly detail: string;
    }> => {
      const answer = await fetch(`http://127.0.0.1:${String(serving()?.httpPort)}/health/live`);
      const { checks } = (await answer.json()) as {
        checks: { name: string; status: string; detail: string }[];
      };
      const { status, detail } = checks.find(({ name }) => name === 'progress')!;
      return { live: answer.status === 200, status, detail };
    };
    return { child, exited, log, progress };
  };

  it('in one partition leaves the others working, names that partition, and ends with the reason', async () => {
    const { exited, log, progress } = await serve({ HANGING_PARTITION: '0' });
    expect(await progress()).to.include({ live: true });
    await deployment.publish(
      { commandId: 'a', runId: 'a', channelId: channelIn(0) },
      { commandId: 'b', runId: 'b', channelId: channelIn(1) },
    );
    await until('the other partition has its outcome', async () =>
      (await deployment.outcomes()).includes('run.summary 1/0'),
    );
    await until('it is no longer live', async () => !(await progress()).live);
    expect((await progress()).detail).to.match(/^partition 0 has been at offset 0/);

    expect(await exited).to.deep.equal([1, null]);
    expect(log.find(({ level }) => level === 'fatal')?.err).to.include({ code: 'STANDSTILL' });
    expect(await deployment.outcomes()).to.deep.equal(['run.closed 1/0', 'run.summary 1/0']);

    await deployment.serve();
    await deployment.settled();
    expect(await deployment.outcomes()).to.have.length(4);
  });

  it('because Postgres is down does not end the process, which names Postgres, and continues when Postgres is back', async () => {
    const url = new URL(deployment.env['DATABASE_URL']!);
    link = await createCuttableLink(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(link.port);
    const { child, exited, log, progress } = await serve({ DATABASE_URL: url.href });
    await deployment.publish({ commandId: 'a', runId: 'a', channelId: channelIn(0) });
    await deployment.settled();

    link.cut();
    await deployment.publish({ commandId: 'b', runId: 'b', channelId: channelIn(0) });
    const since = Date.now();
    await until('it has waited for longer than it may stand still', async () => {
      expect((await progress()).live).to.equal(true);
      return Date.now() - since > 2 * EXIT_MS;
    });
    // Behind the breaker, or with the failure of the try that probes it.
    const { status, detail } = await progress();
    expect([status, detail]).to.satisfy(
      () => status === 'waiting' && /postgres|breaker/i.test(detail),
      detail,
    );

    link.heal();
    await deployment.settled();
    expect(await deployment.outcomes()).to.have.length(4);
    expect(log.filter(({ level }) => level === 'fatal')).to.deep.equal([]);
    child.kill('SIGTERM');
    expect(await exited).to.deep.equal([0, null]);
  });

  it('because the process was frozen takes its work up again', async () => {
    const { child, exited } = await serve({});
    await deployment.publish({ commandId: 'a', runId: 'a', channelId: channelIn(0) });
    await deployment.settled();
    child.kill('SIGSTOP');
    await deployment.publish({ commandId: 'b', runId: 'b', channelId: channelIn(0) });
    const since = Date.now();
    await until(
      'it was frozen for longer than it may stand still',
      () => Date.now() - since > EXIT_MS + 1_000,
    );
    child.kill('SIGCONT');
    await deployment.settled();
    expect(await deployment.outcomes()).to.have.length(4);
    child.kill('SIGTERM');
    expect(await exited).to.deep.equal([0, null]);
  });
});
