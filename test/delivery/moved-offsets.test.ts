import { expect } from 'chai';
import { manyCommands } from '../support/commands.ts';
import { createDeployment, untilLogged, type Deployment, type Serving } from '../support/deployment.ts';
import { changeGroupOffsets } from '../support/kafka-tools.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { withBug } from '../support/bugs.ts';
import { expectShown, shownAlarms } from '../support/shown-alarms.ts';

const TABLES = ['channel_ledger', 'channel_member', 'channel_policy', 'decision', 'decision_event'];

describe("a database restored to an earlier state, and the group's offset moved as well", function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let serving: Serving;

  const stop = async (): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };
  const goOn = async (): Promise<void> => {
    serving = await deployment.serve();
    await deployment.settled();
    await stop();
  };
  const withKafkasTool = (...how: string[]): Promise<void> =>
    changeGroupOffsets({ ...deployment, topic: deployment.names.requested }, ...how);
  /** As dumping and restoring would. */
  const backUp = async (): Promise<() => Promise<void>> => {
    const all = [...TABLES, 'partition_lease', 'duplicate_command'];
    const copies = all.map((table) => `CREATE TABLE backup.${table} AS TABLE runclose.${table}`);
    await deployment.database.query(`CREATE SCHEMA backup; ${copies.join(';')}`);
    return async () => {
      const restored = all.map(
        (table) => `INSERT INTO runclose.${table} OVERRIDING SYSTEM VALUE SELECT * FROM backup.${table}`,
      );
      const emptied = all.map((table) => `runclose.${table}`).join();
      await deployment.database.query(`TRUNCATE ${emptied}; ${restored.join(';')}`);
    };
  };

  beforeEach(async () => {
    deployment = await createDeployment(1);
    await deployment.publish(...manyCommands(40));
    await goOn();
    const restore = await backUp();
    await deployment.publish(...manyCommands(30, 40));
    await goOn();
    await restore();
  });
  afterEach(() => deployment.remove());

  for (const [where, how] of Object.entries({
    'where Postgres stands': ['--to-offset', '40'],
    'the start': ['--to-earliest'],
    'between the two': ['--to-offset', '55'],
    nowhere: ['--delete-offsets'],
  })) {
    it(`to ${where}: nothing is doubled, nothing skipped`, async () => {
      await withKafkasTool(...how);
      await deployment.publish(...manyCommands(10, 70));
      await goOn();
      await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
    });
  }

  it('beyond the decided commands: an alarm, whose advice neither doubles nor skips anything', async () => {
    await deployment.publish(...manyCommands(10, 70));
    await withKafkasTool('--to-offset', '75');
    serving = await deployment.serve();
    await untilLogged(serving, 'STORED_EVENTS_DIFFER');
    const alarm = serving.log.find(({ code }) => code === 'STORED_EVENTS_DIFFER');
    expect(String(alarm?.['msg'])).to.include('was never emitted').and.to.include('--delete-offsets');
    await expectShown(deployment, serving, 'STORED_EVENTS_DIFFER');
    await stop();
    await withKafkasTool('--delete-offsets');
    await goOn();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
    expect(await shownAlarms(deployment)).to.deep.equal([]);
  });

  it('past commands that were decided and not emitted: they are emitted', async () => {
    await goOn();
    const faulty = await deployment.serve(...withBug('between the two commits'));
    await deployment.publish({ commandId: 'owed', runId: 'owed', channelId: 'bug' });
    expect(await faulty.exited).to.equal(1);
    await withKafkasTool('--to-latest');
    await deployment.publish({ commandId: 'next', runId: 'next', channelId: 'bug' });
    await goOn();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });
});
