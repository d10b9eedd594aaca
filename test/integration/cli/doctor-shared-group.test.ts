import { expect } from 'chai';
import type { Consumer } from 'kafkajs';
import { createClusterConnection } from '../../../src/kafka/client/cluster-connection.ts';
import { listGroups } from '../../../src/kafka/consume/group-types.ts';
import { until } from '../../support/condition.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { runcloseHere } from '../../support/command-line.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { readAsMember } from '../../support/kafka-tools.ts';
import { testKafka } from '../../support/topics.ts';

type Found = { readonly code: string | null; readonly message: string; readonly advice: string | null };

describe('If another application uses the consumer group, `runclose doctor`', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  let other: Consumer;

  before(async () => {
    deployment = await createDeployment(2);
    other = testKafka().consumer({ groupId: deployment.groupId });
    await other.connect();
    await other.subscribe({ topic: deployment.names.closed });
    await other.run({ eachMessage: () => Promise.resolve() });
  });
  after(async () => {
    await other.disconnect();
    await deployment.remove();
  });

  const groupFindings = async (): Promise<readonly Found[]> =>
    jsonLines<Found>((await deployment.runclose('doctor', '--json')).stdout).filter(({ code }) =>
      /^(group|partition)-/.test(code ?? ''),
    );

  const names = async (): Promise<void> => {
    let found: readonly Found[] = [];
    await until('doctor names the other application', async () => {
      found = await groupFindings();
      return found.some(({ code }) => code === 'group-shared');
    });
    expect(found.map(({ code }) => code)).to.deep.equal(['group-shared']);
    expect(found[0]?.message)
      .to.include(deployment.names.closed)
      .and.match(/ at (::ffff:)?127\.0\.0\.1/);
    expect(found[0]?.advice).to.include('`group.id`');
  };

  it('names it without a `serve`', names);

  it('names a consumer of the newer protocol, whose group older requests call dead', async () => {
    const groupId = `${deployment.groupId}-newer`;
    const reading = readAsMember(deployment.names.closed, groupId);
    await until('doctor names the consumer', async () => {
      const { stdout } = await runcloseHere(['doctor', '--json'], {
        env: { ...deployment.env, KAFKA_GROUP_ID: groupId },
      });
      return jsonLines<Found>(stdout).some(
        ({ code, message }) => code === 'group-shared' && message.includes(deployment.names.closed),
      );
    });
    const connection = createClusterConnection(testKafka());
    const groups = await connection.run('listing the groups', async (cluster) =>
      listGroups(await cluster.findGroupCoordinator({ groupId })),
    );
    await connection.close();
    expect(groups.find((it) => it.groupId === groupId)?.type).to.equal('consumer');
    await reading.end();
  });

  it('names it beside a `serve`, and no more when it has left', async () => {
    const serving = await deployment.serve();
    await names();
    await other.disconnect();
    await until('all is well', async () => (await groupFindings()).length === 0);
    serving.signal('SIGTERM');
    await serving.exited;
  });
});
