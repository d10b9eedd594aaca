import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { partitionOf } from '../../../src/kafka/partitioner.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';

const HANGING = fileURLToPath(new URL('../../support/hanging-serve.ts', import.meta.url));

/** A channel whose commands stand in this partition. */
const channelIn = (partition: number): string => {
  for (let n = 0; ; n += 1) if (partitionOf(Buffer.from(`C${n}`), 2) === partition) return `C${n}`;
};

describe('A processor that hangs in one partition', function () {
  this.timeout(60_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(2);
  });
  after(() => deployment.remove());

  it('goes on with the others, says in its health what stands still, and ends with the reason', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', HANGING, 'serve'], {
      env: { PATH: process.env['PATH'], ...deployment.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const log: Record<string, unknown>[] = [];
    createInterface({ input: child.stdout }).on('line', (line) =>
      log.push(JSON.parse(line) as Record<string, unknown>),
    );
    const serving = () => log.find(({ msg }) => msg === 'serving');
    await until('it serves', () => serving() !== undefined, 30_000);
    const live = () => fetch(`http://127.0.0.1:${String(serving()?.['httpPort'])}/health/live`);
    expect((await live()).status).to.equal(200);

    await deployment.publish(
      { commandId: 'a', runId: 'a', channelId: channelIn(0) },
      { commandId: 'b', runId: 'b', channelId: channelIn(1) },
    );
    await until('the other partition has its outcome', async () =>
      (await deployment.outcomes()).includes('run.summary 1/0'),
    );
    await until('it is no longer live', async () => (await live()).status === 503, 5_000);
    const { checks } = (await (await live()).json()) as { checks: { status: string; detail: string }[] };
    expect(checks.find(({ status }) => status === 'failing')?.detail).to.match(/^partition 0 has stood at 0/);

    expect(await exited).to.deep.equal([1, null]);
    const fatal = log.find(({ level }) => level === 'fatal') as { err?: { code?: string } } | undefined;
    expect(fatal?.err).to.include({ code: 'STANDSTILL' });
    expect(await deployment.outcomes()).to.deep.equal(['run.closed 1/0', 'run.summary 1/0']);

    await deployment.serve();
    await deployment.settled();
    expect(await deployment.outcomes()).to.have.length(4);
  });
});
