import { expect } from 'chai';
import { withBug } from '../support/bugs.ts';
import { createDeployment, untilLogged, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('stored events that are removed before they were emitted', function () {
  this.timeout(90_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(1);
  });
  after(() => deployment.remove());

  const owed = { commandId: 'owed', runId: 'owed', channelId: 'bug' };

  it('stop the processor, rather than that a command is lost or decided twice', async () => {
    const faulty = await deployment.serve(...withBug('between the two commits'));
    await deployment.publish({ commandId: 'before', runId: 'before', channelId: 'C2' });
    await deployment.settled();
    await deployment.publish(owed);
    expect(await faulty.exited).to.equal(1);

    // As somebody might who clears tables by hand: what is kept by rule is tested where it is removed.
    await deployment.database.query(`
      CREATE TABLE kept AS SELECT * FROM runclose.decision_event WHERE command_id = 'owed';
      DELETE FROM runclose.decision_event WHERE command_id = 'owed'`);
    const serving = await deployment.serve();
    await untilLogged(serving, 'STORED_EVENTS_GONE');
    expect(await serving.exited).to.equal(1);
    expect(await deployment.outcomes()).to.deep.equal(['run.closed 0/0', 'run.summary 0/0']);

    await deployment.database.query('INSERT INTO runclose.decision_event SELECT * FROM kept');
    await deployment.publish({ ...owed, commandId: 'after', runId: 'after' });
    await deployment.serve();
    await deployment.settled();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});
