import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { inTransaction } from '../support/kafka-proxy/matches.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { closeRunsThoughAnswersAreLost } from '../support/lost-answers.ts';
import { expectAllIsWell } from '../support/all-is-well.ts';

describe('a commit whose answer is lost', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let proxy: KafkaProxy;
  beforeEach(async () => {
    [deployment, proxy] = await Promise.all([createDeployment(2), startKafkaProxy()]);
  });
  afterEach(async () => {
    await deployment.remove();
    await proxy.close();
  });

  it('closes no run twice, though the broker has committed', async () => {
    const lost = await closeRunsThoughAnswersAreLost(deployment, proxy);
    expect(lost, 'answers lost').to.be.at.least(30);
    await expectAllIsWell(deployment);
  });

  it('closes no run twice, though the broker has committed and only silence follows', async () => {
    const silent = proxy.inject({ when: inTransaction('EndTxn'), times: 2, answer: () => 'drop' });
    await deployment.serve({ KAFKA_BROKERS: proxy.brokers });
    await deployment.publish(...manyCommands(100));
    await deployment.settled();
    await deployment.publish(...manyCommands(100, 100));
    await deployment.settled();
    expect(silent.fired(), 'answers dropped').to.equal(2);
    await expectAllIsWell(deployment);
  });
});
