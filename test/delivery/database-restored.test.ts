import { expect } from 'chai';
import { startOwnPostgres } from '../../scripts/stack/own-servers.ts';
import type { OwnServer } from '../../scripts/stack/own-server.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { databaseAt } from '../support/database.ts';
import { createDeployment, untilLogged, type Deployment, type Serving } from '../support/deployment.ts';
import { backUp, createServersFolder, type Backup } from '../support/own-servers.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('a database that has lost its last commits', function () {
  this.timeout(150_000);
  const servers = createServersFolder();
  let postgres: OwnServer;
  let deployment: Deployment;
  let serving: Serving;
  let published = 0;
  before(async () => {
    postgres = await startOwnPostgres(servers.options);
    deployment = await createDeployment(2, { database: databaseAt(postgres.variables['DATABASE_URL']!) });
    serving = await deployment.serve();
  });
  after(async () => {
    await deployment.remove();
    await postgres.stop('wipe');
    servers.remove();
  });

  const publishMore = async (count: number): Promise<void> => {
    await deployment.publish(...manyCommands(count, published));
    published += count;
  };
  const foldedAgain = (): number =>
    serving.log.filter(({ msg }) =>
      String(msg).startsWith('decided the records again that Postgres had lost'),
    ).length;

  it('while nothing happens, is filled again from the input and says so', async () => {
    await publishMore(400);
    await deployment.settled();
    const backup = await backUp(postgres, 'idle');
    await publishMore(300);
    await deployment.settled();
    await backup.restore();
    expect(foldedAgain()).to.equal(0);

    await publishMore(200);
    await deployment.settled();
    await until('it says so', () => foldedAgain() > 0);
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('while commands come, is filled again too', async () => {
    await publishMore(200);
    await deployment.settled();
    const backup = await backUp(postgres, 'busy');
    const before = foldedAgain();
    await publishMore(1_000);
    await deployment.settled();
    await publishMore(4_000);
    await backup.restore();
    await publishMore(500);
    await deployment.settled();
    expect(foldedAgain()).to.be.greaterThan(before);
    await expectPromisesKept(deployment);
  });

  it('and with them a change of policy, raises an alarm, until a backup with that change is restored', async () => {
    const setting = { commandId: 'by the policy', runId: 'by the policy', channelId: 'changed' };
    const tooOld = await backUp(postgres, 'too-old');
    const { code } = await deployment.runclose(
      'channel',
      'set',
      'changed',
      '--enabled',
      'false',
      '--by',
      'test',
    );
    expect(code).to.equal(0);
    await deployment.publish(setting);
    await deployment.settled();
    const outcomes = await deployment.outcomes();
    const late = await backUp(postgres, 'late-enough');

    await tooOld.restore();
    await deployment.publish({ ...setting, commandId: 'next', runId: 'next' });
    await untilLogged(serving, 'STORED_EVENTS_DIFFER');
    expect(await deployment.outcomes(), 'nothing is emitted for it').to.have.length(outcomes.length);
    const alarm = serving.log.find(({ code: each }) => each === 'STORED_EVENTS_DIFFER');
    expect(String(alarm?.['msg'])).to.include('restore a backup');

    await restored(late);
    await deployment.settled();
    expect(await deployment.outcomes(), 'one more refusal').to.have.length(outcomes.length + 1);
  });

  const restored = async (backup: Backup): Promise<void> => {
    await backup.restore();
    await until('the partition continues', () =>
      serving.log.some(({ msg }) => msg === 'the partition continues'),
    );
  };
});
