import { expect } from 'chai';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { exitOf, startProcess } from '../support/serve-process.ts';

/** Joining and rebalancing take long on a busy machine. */
const DEADLINE_MS = 60_000;

describe('The log of serve', function () {
  this.timeout(200_000);
  let deployment: Deployment;

  before(async () => (deployment = await createDeployment(2)));
  after(() => deployment.remove());

  it('shows people each decision as one line, without names', async () => {
    const child = startProcess(['serve'], {
      ...deployment.env,
      LOG_FORMAT: 'pretty',
      SERVE_WORKERS: '2',
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.resume();
    try {
      await until('it serves', () => / info {2}serving {2}/.test(said), DEADLINE_MS);
      await deployment.publish({ commandId: 'close-friday', runId: 'friday' }, Buffer.from([9]));
      await deployment.settled();
      await until(
        'both are told',
        () => /^closed friday/m.test(said) && /^dead letter /m.test(said),
        DEADLINE_MS,
      );
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exitOf(child)).to.equal(0);
    expect(said).to.match(/^closed friday: U\d fetches for \d people \([a-z ]+\)$/m);
    expect(said).not.to.include('{"');
  });

  it('is JSON with --json, whatever LOG_FORMAT says', async () => {
    const child = startProcess(['serve', '--json'], { ...deployment.env, LOG_FORMAT: 'pretty' });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.resume();
    try {
      await until('it serves', () => said.includes('"msg":"serving"'), DEADLINE_MS);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exitOf(child)).to.equal(0);
    for (const line of said.trimEnd().split('\n')) expect(JSON.parse(line)).to.include.keys('level', 'msg');
  });

  it('switches to debug and back on SIGUSR2, in each worker', async () => {
    const serving = await deployment.serve({ SERVE_WORKERS: '2' });
    const tells = (text: string) => serving.log.some(({ msg }) => String(msg).includes(text));
    serving.signal('SIGUSR2');
    await until('the level is debug', () => tells('the log level is now debug'), DEADLINE_MS);
    // A second instance makes the group rebalance, which the Kafka client of each worker tells at debug.
    const second = await deployment.serve({ SERVE_WORKERS: '1' });
    const debugging = (worker: number) =>
      serving.log.some((line) => line['level'] === 'debug' && line['worker'] === worker);
    await until('both workers tell details', () => debugging(1) && debugging(2), DEADLINE_MS);
    serving.signal('SIGUSR2');
    await until('the level is info', () => tells('the log level is now info'), DEADLINE_MS);
    second.signal('SIGTERM');
    serving.signal('SIGTERM');
    expect(await Promise.all([serving.exited, second.exited])).to.deep.equal([0, 0]);
  });
});
