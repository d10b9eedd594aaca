import { expect } from 'chai';
import { createDeployment, type Deployment } from '../support/deployment.ts';

describe('poison does not block', function () {
  this.timeout(60_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(1);
  });
  after(() => deployment.remove());

  it('its neighbours, and each bad record stands once among the dead letters', async () => {
    await deployment.publish(
      { commandId: 'c1', runId: 'r1' },
      Buffer.alloc(0),
      Buffer.from('\u0001not ours'),
      Buffer.from([0, 0, 0, 0, 77, 1]),
      { commandId: 'c2', runId: 'r2' },
      { commandId: 'c3', runId: '' },
      { commandId: 'c2', runId: 'r2' },
    );
    await deployment.serve();
    await deployment.settled();
    expect(await deployment.outcomes()).to.deep.equal([
      'run.closed 0/0',
      'run.closed 0/4',
      'run.summary 0/0',
      'run.summary 0/4',
      'run.close.rejected 0/5',
      'run.close.requested.dlq 0/1',
      'run.close.requested.dlq 0/2',
      'run.close.requested.dlq 0/3',
    ]);
  });
});
