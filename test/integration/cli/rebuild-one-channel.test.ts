import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { manyCommands } from '../../support/commands.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { foundIn, runRebuild, type Rebuilt } from '../../support/rebuilding.ts';

describe('replay rebuild --channel', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let folder: string;

  const rebuild = (...args: string[]): Promise<Rebuilt> =>
    runRebuild(deployment, join(folder, 'report.ndjson'), ...args);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
    await deployment.serve();
    await deployment.publish(...manyCommands(100), Buffer.from('garbage'), ...manyCommands(2));
    await deployment.settled();
    await deployment.database.query(
      `UPDATE runclose.decision SET runner_user_id = 'U9' WHERE command_id = 'command-11'`,
    );
    await deployment.database.query(
      `UPDATE runclose.channel_ledger SET previous_runner = 'U9' WHERE channel_id = 'C11'`,
    );
    await deployment.database.query(
      `UPDATE runclose.channel_ledger SET previous_runner = 'U9' WHERE channel_id = 'C13'`,
    );
    await deployment.database.query(`DELETE FROM runclose.decision WHERE command_id = 'command-14'`);
  });
  afterEach(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });

  it('rebuilds and compares only this channel', async () => {
    const { code, stderr, summary, report } = await rebuild('--channel', 'C11');
    expect(foundIn(report)).to.deep.equal([
      'DECISION_ALTERED runnerUserId C11',
      'LEDGER_ALTERED previousRunner C11',
    ]);
    expect(summary).to.deep.include({ channelId: 'C11', channels: 1, closed: 5, contradictions: 0 });
    expect(code, stderr).to.equal(2);
    const rebuilt = await deployment.database.query(`
      SELECT DISTINCT channel_id FROM runclose_shadow.decision
      UNION SELECT channel_id FROM runclose_shadow.channel_ledger`);
    expect(rebuilt).to.deep.equal([{ channel_id: 'C11' }]);
    const untouched = await rebuild('--channel', 'C1', '--restart');
    expect(untouched.summary).to.deep.include({ differences: 0, duplicates: 1 });
    expect(untouched.code).to.equal(0);
  });

  it('is never swapped, nor resumed for all channels or for another one', async () => {
    const exchange = await rebuild('--channel', 'C11', '--swap', '--yes');
    expect(exchange.code).to.equal(64);
    await rebuild('--channel', 'C11');
    for (const args of [['--swap', '--yes'], ['--channel', 'C1'], []]) {
      const { code, stderr } = await rebuild(...args);
      expect(code, args.join(' ')).to.equal(64);
      expect(stderr).to.include('is of channel C11 only').and.to.include('--restart');
    }
    const all = await rebuild('--restart');
    expect(foundIn(all.report)).to.have.length(4);
    const one = await rebuild('--channel', 'C11');
    expect(one.code).to.equal(64);
    expect(one.stderr).to.include('is of all channels');
  });

  it('takes over only its own decisions of before a snapshot', async () => {
    const snapshot = join(folder, 'ledgers.avro');
    await deployment.runclose('replay', 'snapshot', snapshot);
    await deployment.publish(...manyCommands(40, 100));
    await deployment.settled();
    const { summary, stderr } = await rebuild('--channel', 'C1', '--snapshot', snapshot);
    expect(summary, stderr).to.deep.include({ channels: 1, closed: 7, differences: 0, contradictions: 0 });
  });
});
