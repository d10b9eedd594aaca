import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { endTxnErrorIn, inTransaction } from '../support/kafka-proxy/matches.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import type { Launch } from '../support/serve-process.ts';

const RUNS = 600;
const TRANSACTIONS = 30;

/** Publishes runs little by little, while every other commit is answered into a connection that has gone; says how many were. */
const closeRunsThoughAnswersAreLost = async (
  deployment: Deployment,
  proxy: KafkaProxy,
  launch?: Launch,
): Promise<number> => {
  let ends = 0;
  let committed = 0;
  proxy.inject({
    when: (request) => inTransaction('EndTxn')(request) && ends++ % 2 === 0,
    answer: (_, answer) => {
      if (endTxnErrorIn(answer) === 0) committed += 1;
      return 'cut';
    },
  });
  await deployment.serve({ KAFKA_BROKERS: proxy.brokers }, launch);
  const portion = RUNS / TRANSACTIONS;
  for (let from = 0; from < RUNS; from += portion) {
    await deployment.publish(...manyCommands(portion, from));
    await deployment.settled();
  }
  return committed;
};

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
    expect(lost, 'answers lost').to.be.at.least(TRANSACTIONS);
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('closes no run twice, though the broker has committed and only silence follows', async () => {
    const silent = proxy.inject({ when: inTransaction('EndTxn'), times: 2, answer: () => 'drop' });
    await deployment.serve({ KAFKA_BROKERS: proxy.brokers });
    await deployment.publish(...manyCommands(100));
    await deployment.settled();
    await deployment.publish(...manyCommands(100, 100));
    await deployment.settled();
    expect(silent.fired(), 'answers dropped').to.equal(2);
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});
