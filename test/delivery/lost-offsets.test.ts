import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, untilLogged, type Deployment, type Serving } from '../support/deployment.ts';
import { changeGroupOffsets } from '../support/kafka-tools.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { expectShown } from '../support/shown-alarms.ts';

describe("the group's offsets may be lost or wrong: nothing is lost or emitted again", function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let serving: Serving;
  let published = 0;

  const publishMore = async (count: number): Promise<void> => {
    await deployment.publish(...manyCommands(count, published));
    published += count;
  };
  const stop = async (): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };
  const withKafkasTool = (...how: string[]): Promise<void> =>
    changeGroupOffsets({ ...deployment, topic: deployment.names.requested }, ...how);
  const commit = (...offsets: [partition: number, offset: string][]): Promise<void> =>
    deployment.admin.setOffsets({
      groupId: deployment.groupId,
      topic: deployment.names.requested,
      partitions: offsets.map(([partition, offset]) => ({ partition, offset })),
    });

  beforeEach(async () => {
    published = 0;
    deployment = await createDeployment(2);
    await publishMore(300);
    serving = await deployment.serve();
    await deployment.settled();
    await stop();
    await publishMore(60);
  });
  afterEach(() => deployment.remove());

  it("when an operator resets them to the start with Kafka's own tool, and then deletes them", async () => {
    await withKafkasTool('--to-earliest');
    serving = await deployment.serve();
    await deployment.settled();
    await stop();
    await expectPromisesKept(deployment);

    await withKafkasTool('--delete-offsets');
    await publishMore(60);
    serving = await deployment.serve();
    await deployment.settled();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('when they are reset beyond the end: an alarm, until they are corrected', async () => {
    await commit([0, '100000'], [1, '100000']);
    serving = await deployment.serve();
    await untilLogged(serving, 'INPUT_RECREATED');
    await stop();
    await commit([0, '0'], [1, '0']);
    serving = await deployment.serve();
    await deployment.settled();
    await expectPromisesKept(deployment);
  });

  it('even below the first record that retention has left: decided commands need no record', async () => {
    const input = await deployment.read(deployment.names.requested);
    const committed = await deployment.admin.fetchOffsets({
      groupId: deployment.groupId,
      topics: [deployment.names.requested],
    });
    await commit([0, '0'], [1, '0']);
    await deployment.admin.deleteTopicRecords({
      topic: deployment.names.requested,
      partitions: committed.flatMap(({ partitions }) => partitions),
    });
    serving = await deployment.serve();
    await deployment.settled();
    await expectPromisesKept(deployment, { input });
  });

  it('when retention removes commands that nobody has decided: an alarm, until the loss is accepted', async () => {
    const input = await deployment.read(deployment.names.requested);
    const offsets = await deployment.admin.fetchTopicOffsets(deployment.names.requested);
    const low = Number(offsets.find(({ partition }) => partition === 0)?.high) - 2;
    await deployment.admin.deleteTopicRecords({
      topic: deployment.names.requested,
      partitions: [{ partition: 0, offset: String(low) }],
    });
    const [before] = await deployment.admin.fetchOffsets({
      groupId: deployment.groupId,
      topics: [deployment.names.requested],
    });
    const next = Number(before?.partitions.find(({ partition }) => partition === 0)?.offset);
    expect(next, 'undecided').to.be.lessThan(low);

    serving = await deployment.serve();
    await untilLogged(serving, 'INPUT_GAP');
    await expectShown(deployment, serving, 'INPUT_GAP');
    const { code } = await deployment.runclose('accept-gap', '--yes');
    expect(code).to.equal(0);
    await deployment.settled();
    const left = input.filter(({ partition, offset }) => partition === 1 || offset < next || offset >= low);
    await expectPromisesKept(deployment, { input: left });
  });
});
