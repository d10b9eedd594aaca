import { expect } from 'chai';
import { startOwnKafka, type OwnKafka } from '../../scripts/stack/own-servers.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { createServersFolder } from '../support/own-servers.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';

describe('a broker that is killed and comes back', function () {
  this.timeout(240_000);

  for (const brokers of [1, 3] as const) {
    describe(`of ${String(brokers)}`, () => {
      const servers = createServersFolder();
      let kafka: OwnKafka;
      let deployment: Deployment;
      before(async () => {
        kafka = await startOwnKafka({ ...servers.options, brokers });
        deployment = await createDeployment(2, { brokers: kafka.variables['KAFKA_BROKERS']!.split(',') });
      });
      after(async () => {
        await deployment.remove();
        await kafka.stop('wipe');
        servers.remove();
      });

      const decided = async (): Promise<number> => {
        const [row] = await deployment.database.query('SELECT count(*)::int AS count FROM runclose.decision');
        return Number(row?.['count']);
      };

      it('loses no command, doubles none, and leaves nothing torn', async () => {
        const each = 2_000;
        await deployment.serve({ SERVE_WORKERS: '2' });
        for (let n = 0; n < brokers; n++) {
          const before = await decided();
          await deployment.publish(...manyCommands(each, n * each));
          await until('some of it is decided', async () => (await decided()) > before, 90_000);
          const broker = kafka.brokers[n]!;
          await broker.kill('SIGKILL');
          expect(await decided(), 'broken off in the middle').to.be.lessThan((n + 1) * each);
          await broker.start();
        }
        await deployment.settled(120_000);
        await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
      });
    });
  }
});
