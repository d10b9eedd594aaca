import { expect } from 'chai';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { inTransaction } from '../support/kafka-proxy/matches.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { without, type Rule } from '../support/rules.ts';

describe('these checks go red for a processor without', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let proxy: KafkaProxy;
  beforeEach(async () => {
    [deployment, proxy] = await Promise.all([createDeployment(1), startKafkaProxy()]);
  });
  afterEach(async () => {
    await deployment.remove();
    await proxy.close();
  });

  const serveWithout = (rule: Rule) => {
    const [env, launch] = without(rule);
    return deployment.serve({ ...env, KAFKA_BROKERS: proxy.brokers }, launch);
  };

  /** Green before the fault: what is red after it is the fault's. */
  const workWell = async (rule: Rule) => {
    const serving = await serveWithout(rule);
    await deployment.publish(...manyCommands(20));
    await deployment.settled();
    await expectAllIsWell(deployment);
    return serving;
  };

  const expectRed = async (): Promise<void> => {
    const seen = await expectAllIsWell(deployment).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(seen, 'what the checks found').to.be.an('error').with.property('name', 'AssertionError');
  };

  it('the offset check (R1), when the answer to a commit is lost', async () => {
    await workWell('offset check');
    const lost = proxy.inject({ when: inTransaction('EndTxn'), times: 1, answer: () => 'cut' });
    await deployment.publish(...manyCommands(20, 20));
    await deployment.settled();
    expect(lost.fired()).to.equal(1);
    await expectRed();
  });

  it('the source check (R3), when a commit never arrives', async () => {
    await workWell('source check');
    const lost = proxy.inject({ when: inTransaction('EndTxn'), times: 1, question: () => 'cut' });
    await deployment.publish(...manyCommands(20, 20));
    await deployment.settled();
    expect(lost.fired()).to.equal(1);
    await expectRed();
  });

  it("the read of the output's tail (R6), when the group's offset is reset", async () => {
    const serving = await workWell('tail read');
    // Killed, it cannot record that its last batch is emitted: only the outputs show it.
    serving.signal('SIGKILL');
    await serving.exited;
    await removeDeadMembers(deployment);
    await deployment.admin.setOffsets({
      groupId: deployment.groupId,
      topic: deployment.names.requested,
      partitions: [{ partition: 0, offset: '0' }],
    });
    await serveWithout('tail read');
    await deployment.settled();
    await expectRed();
  });
});
