import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newClusterId } from '../../scripts/stack/kafka.ts';
import { startOwnKafka, type OwnKafka } from '../../scripts/stack/own-servers.ts';
import { until } from '../support/condition.ts';
import { createDeployment, untilLogged, type Deployment } from '../support/deployment.ts';
import { createServersFolder } from '../support/own-servers.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { expectShown } from '../support/shown-alarms.ts';

const command = (n: number) => ({ commandId: `command-${String(n)}`, runId: `run-${String(n)}` });

describe('topics that are not those they were', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(1);
    const serving = await deployment.serve();
    await deployment.publish(command(1), command(2), command(3));
    await deployment.settled();
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  });
  afterEach(() => deployment.remove());

  it('raise an alarm if the input was created again, and nothing in the new input is decided', async () => {
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
    const before = await deployment.outcomes();
    await deployment.admin.deleteTopics({ topics: [deployment.names.requested] });
    const { code } = await deployment.runclose('setup');
    expect(code).to.equal(0);
    await deployment.publish(command(4));
    const serving = await deployment.serve();
    await untilLogged(serving, 'INPUT_RECREATED');
    expect(await deployment.outcomes()).to.deep.equal(before);
  });

  describe('because another cluster has their names:', () => {
    const servers = createServersFolder();
    let kafka: OwnKafka;
    before(async () => {
      kafka = await startOwnKafka({ ...servers.options, brokers: 1 });
    });
    after(async () => {
      await kafka.stop('wipe');
      servers.remove();
    });

    it('serve refuses to start until the cluster is adopted, and then continues with its ledgers', async () => {
      const other = await createDeployment(1, {
        brokers: kafka.variables['KAFKA_BROKERS']!.split(','),
        database: { ...deployment.database, remove: () => Promise.resolve() },
        prefix: deployment.env['TOPIC_PREFIX']!,
      });
      try {
        const refused = await other.runclose('serve');
        expect(refused.code).to.be.oneOf([1, 78]);
        expect(refused.stderr).to.include('runclose adopt-cluster');
        const dry = await other.runclose('adopt-cluster');
        expect(dry.stdout).to.include('would be retired');
        expect((await other.runclose('serve')).code).to.equal(refused.code);

        expect((await other.runclose('adopt-cluster', '--yes')).code).to.equal(0);
        // A mirror has brought some of the old commands along: they are known.
        await other.publish(command(2), command(3), command(4));
        await other.serve();
        await other.settled();
        expect(await other.outcomes()).to.deep.equal(['run.closed 0/2', 'run.summary 0/2']);
        const [ledger] = await other.database.query('SELECT sequence FROM runclose.channel_ledger');
        expect(ledger).to.deep.equal({ sequence: '4' });

        const back = await deployment.runclose('serve');
        expect(back.stderr, 'the one before').to.include('adopt-cluster');
      } finally {
        await other.remove();
      }
    });

    it('serve stops with an alarm when its cluster is set up again, and continues once the new cluster is adopted', async () => {
      const moved = await createDeployment(1, { brokers: kafka.variables['KAFKA_BROKERS']!.split(',') });
      try {
        const serving = await moved.serve();
        await moved.publish(command(1), command(2));
        await moved.settled();
        const [broker] = kafka.brokers;
        await broker!.stop('wipe');
        await broker!.start();
        await broker!.stop('keep');
        giveAnotherId(broker!.folder);
        await broker!.start();
        await until('setup succeeds', async () => (await moved.runclose('setup')).code === 0, 60_000);
        await moved.publish(command(3), command(2));
        await untilLogged(serving, 'CLUSTER_CHANGED', 60_000);
        await expectShown(moved, serving, 'CLUSTER_CHANGED');
        expect(await moved.outcomes()).to.deep.equal([]);
        expect((await moved.runclose('adopt-topics', '--yes')).stderr).to.include('runclose adopt-cluster');
        expect((await moved.runclose('adopt-cluster', '--yes')).code).to.equal(0);
        await moved.settled();
        expect(await moved.outcomes()).to.deep.equal(['run.closed 0/0', 'run.summary 0/0']);
      } finally {
        await moved.remove();
      }
    });
  });
});

/** As formatting its storage once more would. */
const giveAnotherId = (folder: string): void => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((each) => each.endsWith('meta.properties'))) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8').replace(/^cluster\.id=.*$/m, `cluster.id=${newClusterId()}`);
    writeFileSync(path, text);
  }
};
