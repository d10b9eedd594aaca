import { expect } from 'chai';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import {
  startInstanceBehindProxies,
  type InstanceBehindProxies,
} from '../support/instance-behind-proxies.ts';
import { endTxnErrorIn, inTransaction } from '../support/kafka-proxy/matches.ts';
import { createHold } from '../support/proxy/faults.ts';

describe('an owner that learns its start before the last owner has committed', function () {
  this.timeout(90_000);
  let deployment: Deployment;
  let first: InstanceBehindProxies;
  let second: InstanceBehindProxies;
  before(async () => {
    deployment = await createDeployment(1);
    [first, second] = await Promise.all([
      startInstanceBehindProxies(deployment),
      startInstanceBehindProxies(deployment),
    ]);
  });
  after(async () => {
    await deployment.remove();
    await Promise.all([first.close(), second.close()]);
  });

  it('emits nothing twice: it starts where that commit has ended', async () => {
    first.letJoin();
    const owner = await first.serving;
    await deployment.publish(...manyCommands(50));
    await deployment.settled();

    const commit = createHold();
    const committed: number[] = [];
    first.kafka.inject({
      when: inTransaction('EndTxn'),
      question: commit.keep,
      answer: (_, answer) => {
        committed.push(endTxnErrorIn(answer));
        return 'drop';
      },
    });
    await deployment.publish(...manyCommands(50, 50));
    await commit.arrived;
    owner.signal('SIGKILL');
    await owner.exited;
    await removeDeadMembers(deployment);

    const start = createHold();
    second.kafka.inject({ when: ({ api }) => api === 'OffsetFetch', times: 1, answer: start.keep });
    second.letJoin();
    await start.arrived;
    expect(committed, 'commits before the start was told').to.be.empty;
    commit.release();
    await until('the last owner has committed', () => committed.length === 1);
    expect(committed).to.deep.equal([0]);
    start.release();

    await deployment.publish(...manyCommands(50, 100));
    await deployment.settled();
    await expectAllIsWell(deployment);
  });
});
