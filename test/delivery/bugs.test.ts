import { expect } from 'chai';
import { BUGS, withBug, type Bug } from '../support/bugs.ts';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('a bug skips nothing: the process ends with an error, and a fixed process continues', function () {
  this.timeout(120_000);
  const deployments = new Map<Bug, Deployment>();
  const healed = new Map<Bug, Promise<void>>();

  // Side by side: a process that dies of its bug leaves its partitions to nobody for half a minute.
  before(async () => {
    for (const bug of BUGS) {
      const deployment = await createDeployment(1);
      deployments.set(bug, deployment);
      const scenario = liveThrough(bug, deployment);
      scenario.catch(() => undefined);
      healed.set(bug, scenario);
    }
  });
  after(async () => {
    await Promise.all([...deployments.values()].map((deployment) => deployment.remove()));
  });

  for (const bug of BUGS) {
    it(bug, async () => {
      await healed.get(bug);
      await expectPromisesKept(deployments.get(bug)!);
    });
  }

  it("and Kafka's own reader sees the same", async () => {
    const deployment = deployments.get('between the two commits')!;
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});

const liveThrough = async (bug: Bug, deployment: Deployment): Promise<void> => {
  const faulty = await deployment.serve(...withBug(bug));
  await deployment.publish(...manyCommands(60));
  await deployment.settled();
  await deployment.publish(
    ...manyCommands(30, 100),
    { commandId: 'unlucky', runId: 'unlucky', channelId: 'bug' },
    ...manyCommands(30, 200),
  );
  expect(await faulty.exited, 'exit code').to.equal(1);
  expect(await deployment.outcomes(), 'nothing beyond the bug').to.not.include('run.closed 0/91');
  await deployment.serve();
  await deployment.settled();
};
