import { expect } from 'chai';
import { startOwnPostgres } from '../../scripts/stack/own-servers.ts';
import type { OwnServer } from '../../scripts/stack/own-server.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { terminateSessions } from '../support/database-faults.ts';
import { databaseAt } from '../support/database.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { createServersFolder } from '../support/own-servers.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('a database server that fails in the middle of the work', function () {
  this.timeout(120_000);
  const servers = createServersFolder();
  let postgres: OwnServer;
  let deployment: Deployment;
  before(async () => {
    postgres = await startOwnPostgres(servers.options);
    deployment = await createDeployment(2, { database: databaseAt(postgres.variables['DATABASE_URL']!) });
    await deployment.serve();
  });
  after(async () => {
    await deployment.remove();
    await postgres.stop('wipe');
    servers.remove();
  });

  const decided = async (): Promise<number> => {
    const [row] = await deployment.database.query('SELECT count(*)::int AS count FROM runclose.decision');
    return Number(row?.['count']);
  };

  it('is waited for after a kill -9, and nothing is lost or doubled', async () => {
    await deployment.publish(...manyCommands(8_000));
    for (let kills = 0; kills < 3; kills++) {
      const before = await decided();
      await until('some more is decided', async () => (await decided()) > before);
      await postgres.kill('SIGKILL');
      await postgres.start();
    }
    expect(await decided(), 'broken off in the middle').to.be.lessThan(8_000);
    await deployment.settled();
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('may have committed, though its answer never came', async () => {
    const { database } = deployment;
    // A COMMIT that waits for a standby is done already; who is cut off then does not hear of it.
    await database.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await database.query('SELECT pg_reload_conf()');
    await deployment.publish(...manyCommands(400, 8_000));
    await until('commits wait', async () => {
      const waiting = await database.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'runclose'",
      );
      return waiting.length > 0;
    });
    const before = await decided();
    expect(await terminateSessions(database, "wait_event = 'SyncRep'")).to.be.greaterThan(0);
    await database.query('ALTER SYSTEM RESET synchronous_standby_names');
    await database.query('SELECT pg_reload_conf()');
    await until('they are visible', async () => (await decided()) > before);
    await deployment.settled();
    await expectPromisesKept(deployment);
  });
});
