import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { limitProducing } from '../support/kafka-tools.ts';
import { expectPromisesKept } from '../support/promises.ts';

const COMMANDS = 300;

describe('a low quota for producing slows everything down, and stops nothing', function () {
  this.timeout(300_000);
  let deployment: Deployment;
  let serving: Serving;
  beforeEach(async () => {
    deployment = await createDeployment(1);
    await limitProducing(deployment.groupId, 20_000);
  });
  afterEach(async () => {
    await limitProducing(deployment.groupId, null);
    await deployment.remove();
  });

  it('a full batch is sent in parts, with few wasted copies, and the throttling is logged', async () => {
    await deployment.publish(...manyCommands(COMMANDS));
    serving = await deployment.serve({ KAFKA_CLIENT_ID: deployment.groupId });
    await deployment.settled(240_000);
    await expectPromisesKept(deployment);
    const [end] = await deployment.admin.fetchTopicOffsets(deployment.names.summary);
    // Each command's record once, the copies that were rolled back, and a marker a transaction.
    expect(Number(end?.high)).to.be.below(4 * COMMANDS);
    await until('it is logged', () => serving.log.some(({ msg }) => String(msg).includes('throttle')), 1_000);
    const metrics = await (await fetch(`http://127.0.0.1:${String(serving.httpPort)}/metrics`)).text();
    const [, seconds] = /^runclose_kafka_throttled_seconds_total (\S+)$/m.exec(metrics) ?? [];
    expect(Number(seconds)).to.be.greaterThan(1);
  });
});
