import { expect } from 'chai';
import { setTopicSettings } from '../../src/kafka/topics/topic-admin.ts';
import { anOrder, manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('large batches are processed, whatever they contain', function () {
  this.timeout(150_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(1);
  });
  afterEach(() => deployment.remove());

  it('when 20,000 commands wait in one partition', async () => {
    await deployment.publish(...manyCommands(20_000));
    await deployment.serve();
    await deployment.settled(120_000);
    const outputs = await expectPromisesKept(deployment);
    await expectSameForKafkasOwnReader(deployment, outputs);
  });

  it('when the events of one transaction are together larger than any message may be', async () => {
    const { admin, names } = deployment;
    const largest = 1024 * 1024;
    for (const topic of [names.closed, names.summary])
      await setTopicSettings(admin, topic, new Map([['max.message.bytes', String(largest)]]));
    const orders = Array.from({ length: 200 }, (_, index) =>
      anOrder({ userId: `U${String(index)}`, text: 'x'.repeat(500) }),
    );
    await deployment.publish(
      ...Array.from({ length: 7 }, (_, index) => ({
        commandId: `large-${String(index)}`,
        runId: `large-${String(index)}`,
        channelId: `L${String(index % 3)}`,
        orders,
      })),
    );
    await deployment.serve();
    await deployment.settled();

    const outputs = await expectPromisesKept(deployment);
    const summaries = outputs.filter(({ topic }) => topic === names.summary);
    expect(summaries.reduce((bytes, { value }) => bytes + value!.length, 0)).to.be.greaterThan(2 * largest);
    const [end] = await admin.fetchTopicOffsets(names.summary);
    expect(end?.high, 'seven records and the marker of their one transaction').to.equal('8');
  });
});
