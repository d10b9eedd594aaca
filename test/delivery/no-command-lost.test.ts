import { expect } from 'chai';
import { until } from '../support/condition.ts';
import { removeDeadMembers } from '../support/dead-members.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';

const commands = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => {
    const n = String(from + index);
    return { commandId: `command-${n}`, runId: `run-${n}`, channelId: `C${String((from + index) % 20)}` };
  });

/** Each command's two events, and nothing else. */
const expectEachOnce = async (deployment: Deployment, count: number): Promise<void> => {
  const outcomes = await deployment.outcomes();
  expect(outcomes).to.have.length(2 * count);
  expect(new Set(outcomes).size, 'nothing twice').to.equal(2 * count);
};

describe('no command is lost, and no run is closed twice', function () {
  this.timeout(150_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment();
  });
  afterEach(() => deployment.remove());

  it('when the processor is killed in the middle of its work, and killed again', async () => {
    const total = 3_000;
    for (let from = 0; from < total; from += 500) await deployment.publish(...commands(500, from));
    for (let kills = 1; kills <= 2; kills++) {
      const serving = await deployment.serve();
      const before = await decided(deployment);
      await until('it has decided something', async () => (await decided(deployment)) > before, 60_000);
      serving.signal('SIGKILL');
      await serving.exited;
      await removeDeadMembers(deployment);
    }
    await deployment.serve();
    await deployment.settled();
    await expectEachOnce(deployment, total);
  });

  it('when another instance joins, and the first one leaves', async () => {
    const total = 2_000;
    const first = await deployment.serve();
    await deployment.publish(...commands(total / 2));
    await deployment.serve();
    await deployment.publish(...commands(total / 2, total / 2));
    first.signal('SIGTERM');
    expect(await first.exited).to.equal(0);
    await deployment.settled();
    await expectEachOnce(deployment, total);
  });

  it('when the group has lost its offsets: emitted events are not emitted again', async () => {
    await deployment.publish(...commands(100));
    const first = await deployment.serve();
    await deployment.settled();
    first.signal('SIGTERM');
    await first.exited;
    const before = await deployment.outcomes();

    await deployment.publish(...commands(10, 100));
    await deployment.serve({ KAFKA_GROUP_ID: `${deployment.env['KAFKA_GROUP_ID'] ?? ''}-new` });
    await until(
      'the new commands are out',
      async () => (await deployment.outcomes()).length >= before.length + 20,
      60_000,
    );
    await expectEachOnce(deployment, 110);
  });

  it('when Postgres has lost everything: what was emitted is folded again, silently', async () => {
    await deployment.publish(...commands(200));
    const first = await deployment.serve();
    await deployment.settled();
    first.signal('SIGTERM');
    await first.exited;
    const ledgers = () =>
      deployment.database.query(
        'SELECT channel_id, sequence, previous_runner FROM runclose.channel_ledger ORDER BY 1',
      );
    const before = await ledgers();
    await deployment.database.query(
      'TRUNCATE runclose.partition_lease, runclose.decision, runclose.decision_event, runclose.channel_ledger, runclose.channel_member',
    );

    await deployment.publish(...commands(20, 200));
    await deployment.serve();
    await deployment.settled();
    await expectEachOnce(deployment, 220);
    const after = await ledgers();
    expect(after).to.have.length(before.length);
    expect(after.map(({ sequence }) => sequence)).to.deep.equal(
      before.map(({ sequence }) => String(Number(sequence) + 1)),
    );
  });
});

const decided = async ({ database }: Deployment): Promise<number> => {
  const [row] = await database.query('SELECT count(*)::int AS decided FROM runclose.decision');
  return Number(row?.['decided']);
};
