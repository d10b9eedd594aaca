import { expect } from 'chai';
import type { RunCloseRequested } from '../../src/domain/records.ts';
import { aCommand, manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, untilLogged, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { testKafka } from '../support/topics.ts';
import { expectShown } from '../support/shown-alarms.ts';

describe('partitions that are added while it runs', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(2);
  });
  after(() => deployment.remove());

  /** To partitions in turn, by a producer that knows the topic as it is now. */
  const sendTo = async (
    partitions: readonly number[],
    commands: readonly Partial<RunCloseRequested>[],
  ): Promise<void> => {
    const messages = commands.map(async (command, index) => ({
      partition: partitions[index % partitions.length]!,
      key: aCommand(command).channelId,
      value: await deployment.encode(command),
    }));
    const producer = testKafka().producer();
    await producer.connect();
    await producer.send({ topic: deployment.names.requested, messages: await Promise.all(messages) });
    await producer.disconnect();
  };

  it('wait with an alarm if the outputs lack them, while the others continue, until `setup --repartition`', async () => {
    const { names, admin } = deployment;
    const serving = await deployment.serve();
    await deployment.publish(...manyCommands(200));
    await deployment.settled();

    await admin.createPartitions({ topicPartitions: [{ topic: names.requested, count: 3 }] });
    await sendTo([2], manyCommands(100, 200));
    await untilLogged(serving, 'OUTPUT_PARTITION_MISSING', 60_000);
    const said = serving.log.find(({ code }) => code === 'OUTPUT_PARTITION_MISSING');
    expect(String(said?.['msg'])).to.include('setup --repartition');
    await expectShown(deployment, serving, 'OUTPUT_PARTITION_MISSING');

    const before = (await deployment.outcomes()).length;
    // Channels of their own, as one that stands in two partitions is decided in no certain order.
    const others = manyCommands(100, 300).map((command) => ({
      ...command,
      channelId: `D${String(command.runId)}`,
    }));
    await sendTo([0, 1], others);
    await until(
      'the other partitions continue',
      async () => (await deployment.outcomes()).length > before + 150,
    );
    expect((await deployment.outcomes()).filter((outcome) => outcome.includes(' 2/'))).to.be.empty;

    const { code } = await deployment.runclose('setup', '--repartition');
    expect(code).to.equal(0);
    await deployment.settled();
    await sendTo([2], manyCommands(100, 400));
    await deployment.settled();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});
