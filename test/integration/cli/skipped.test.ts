import { expect } from 'chai';
import { createDeployment, type Deployment } from '../../support/deployment.ts';

describe('a skipped command', function () {
  this.timeout(120_000);
  let deployment: Deployment;

  before(async () => {
    deployment = await createDeployment(1);
    await deployment.publish({ commandId: 'c1', runId: 'R1', initiatorUserId: '' });
  });
  after(() => deployment.remove());

  it('is explained: explain says that it was skipped, by whom, and when', async () => {
    const position = `${deployment.names.requested}/0@0`;
    const skipped = await deployment.runclose('skip', position, '--by', 'ana', '--yes');
    expect(skipped.code, skipped.stderr).to.equal(0);

    const told = await deployment.runclose('explain', '--command', 'c1', '--channel', 'C1');
    expect(told.code, told.stderr).to.equal(0);
    expect(told.stdout)
      .to.match(/^Command c1 did not close R1 in C1: it was skipped at \d{4}-\S+Z by ana\.\n/)
      .and.to.include(`Its record is at ${position}.`);

    const { stdout } = await deployment.runclose('explain', '--command', 'c1', '--channel', 'C1', '--json');
    const [{ skipped_at: at }] = (await deployment.database.query(
      'SELECT skipped_at FROM runclose.skipped_record',
    )) as [{ skipped_at: Date }];
    expect(JSON.parse(stdout)).to.deep.equal({
      channelId: 'C1',
      runId: 'R1',
      commandId: 'c1',
      outcome: 'skipped',
      source: { topic: deployment.names.requested, partition: 0, offset: 0 },
      by: 'ana',
      at: at.toISOString(),
    });

    const other = await deployment.runclose('explain', '--command', 'c2', '--channel', 'C1');
    expect(other.code).to.equal(1);
  });
});
