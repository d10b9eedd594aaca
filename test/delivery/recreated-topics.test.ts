import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { until } from '../support/condition.ts';
import { createDeployment, untilLogged, type Deployment, type Serving } from '../support/deployment.ts';
import { expectSameForKafkasOwnReader } from '../support/promises.ts';
import { expectShown, shownAlarms } from '../support/shown-alarms.ts';
import { deleteTopics, testKafka } from '../support/topics.ts';

const command = (n: number) => ({ commandId: `command-${String(n)}`, runId: `run-${String(n)}` });

describe('topics that are deleted and created again while the database is kept', function () {
  this.timeout(120_000);
  let deployment: Deployment;
  let serving: Serving;
  const three = [1, 2, 3].map(command);

  beforeEach(async () => {
    deployment = await createDeployment(1);
    serving = await deployment.serve();
    await deployment.publish(...three);
    await deployment.settled();
  });
  afterEach(() => deployment.remove());

  const stop = async (): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };
  const recreate = async (...topics: string[]): Promise<void> => {
    await deleteTopics(deployment.admin, topics);
    expect((await deployment.runclose('setup')).code).to.equal(0);
  };
  const recreateAll = (): Promise<void> => recreate(...Object.values(deployment.names));
  const outputs = () => Object.values(deployment.names).filter((name) => name !== deployment.names.requested);

  /** The commands that events name in their headers and bodies. */
  const closed = async (): Promise<string[]> =>
    (await deployment.read(deployment.names.closed)).map(({ headers, value }) => {
      const cause = String(headers.find(([name]) => name === 'causation-id')?.[1]);
      expect(value?.includes(cause), `the body of ${cause}`).to.equal(true);
      return cause;
    });

  for (const [length, numbers] of Object.entries({
    shorter: [4],
    'as long': [4, 5, 6],
    longer: [4, 5, 6, 7, 8],
  })) {
    for (const restarts of [true, false]) {
      it(`and are ${length} now, ${restarts ? 'with' : 'without'} a restart, raise an alarm whose advice leads on`, async () => {
        if (restarts) await stop();
        await recreateAll();
        await deployment.publish(...numbers.map(command));
        if (restarts) serving = await deployment.serve();
        await untilLogged(serving, 'INPUT_RECREATED');
        expect(await deployment.outcomes(), 'nothing is emitted').to.deep.equal([]);
        const alarm = serving.log.find(({ code }) => code === 'INPUT_RECREATED');
        expect(String(alarm?.['msg'])).to.include('runclose adopt-topics');
        await expectShown(deployment, serving, 'INPUT_RECREATED');

        const shown = await deployment.runclose('adopt-topics');
        expect(shown).to.include({ code: 0 });
        expect(shown.stdout).to.include('would be set aside');
        expect(await deployment.outcomes()).to.deep.equal([]);
        expect((await deployment.runclose('adopt-topics', '--yes')).code).to.equal(0);
        // The publisher sends a command again although it has seen the outcome.
        await deployment.publish(command(2));
        await deployment.settled();
        expect(await closed()).to.deep.equal(numbers.map((n) => `command-${String(n)}`));
        expect(await deployment.outcomes()).to.have.length(numbers.length * 2);
        const [ledger] = await deployment.database.query('SELECT sequence FROM runclose.channel_ledger');
        expect(ledger).to.deep.equal({ sequence: String(3 + numbers.length) });
        expect((await deployment.runclose('adopt-topics')).stderr).to.include('nothing to adopt');
        if (restarts) expect(await shownAlarms(deployment)).to.deep.equal([]);
        await expectSameForKafkasOwnReader(
          deployment,
          (await Promise.all(outputs().map(deployment.read))).flat(),
        );
      });
    }
  }

  it('if only the input is created again, its positions are in the outputs already, so the outputs must be deleted too', async () => {
    await stop();
    await recreate(deployment.names.requested);
    await deployment.publish(...[4, 5, 6, 7].map(command));
    serving = await deployment.serve();
    await untilLogged(serving, 'INPUT_RECREATED');
    const before = await deployment.outcomes();
    const refused = await deployment.runclose('adopt-topics', '--yes');
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include('TOPIC_PREFIX').and.to.include('delete the four output topics');
    expect((await deployment.runclose('accept-gap', '--yes')).code, 'no gap').to.equal(1);
    expect(await deployment.outcomes()).to.deep.equal(before);

    await recreate(...outputs());
    expect((await deployment.runclose('adopt-topics', '--yes')).code).to.equal(0);
    await deployment.settled();
    expect(await closed()).to.deep.equal([4, 5, 6, 7].map((n) => `command-${String(n)}`));
  });

  for (const restarts of [true, false]) {
    it(`if only an output is created again, ${restarts ? 'with' : 'without'} a restart, double nothing`, async () => {
      if (restarts) await stop();
      await recreate(deployment.names.closed);
      await deployment.publish(...[4, 5].map(command));
      if (restarts) serving = await deployment.serve();
      await untilLogged(serving, 'OUTPUTS_RECREATED');
      await expectShown(deployment, serving, 'OUTPUTS_RECREATED');
      expect(await closed()).to.deep.equal([]);
      expect((await deployment.runclose('adopt-topics')).stdout).to.include('would be adopted');
      expect((await deployment.runclose('adopt-topics', '--yes')).code).to.equal(0);
      await deployment.settled();
      expect(await closed()).to.deep.equal(['command-4', 'command-5']);
      expect(await deployment.read(deployment.names.summary)).to.have.length(5);

      // Nor does a lost offset double them now.
      await stop();
      await deployment.admin.deleteGroups([deployment.groupId]);
      await deployment.publish(command(6));
      serving = await deployment.serve();
      await deployment.settled();
      expect(await closed()).to.deep.equal(['command-4', 'command-5', 'command-6']);
      expect(await deployment.read(deployment.names.summary)).to.have.length(6);
    });
  }

  it('if only an output is created again, its lost events come from an export, as adopt-topics says', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'runclose-export-')), 'before.avro');
    expect((await deployment.runclose('replay', 'export', file, '--with-events')).code).to.equal(0);
    const name = deployment.names.closed;
    await recreate(name);
    await deployment.publish(command(4));
    await untilLogged(serving, 'OUTPUTS_RECREATED');
    expect((await deployment.runclose('adopt-topics', '--yes')).stderr).to.include('replay emit --file');
    await deployment.settled();
    const emit = ['replay', 'emit', '--file', file, '--to-topic', name, '--live', name, '--yes'];
    const emitted = await deployment.runclose(...emit);
    expect(emitted.code, emitted.stderr).to.equal(0);
    await deployment.publish(command(5));
    await deployment.settled();
    expect(await closed()).to.deep.equal([4, 1, 2, 3, 5].map((n) => `command-${String(n)}`));
    rmSync(dirname(file), { recursive: true });
  });

  it('or cut, and seen while they were shorter: the alarm stays when they have grown, until they are adopted', async () => {
    await stop();
    // As after a broker has lost its disk: nothing but its length tells this log from the one before.
    await deployment.database.query('UPDATE runclose.partition_lease SET input_id = NULL, outputs_id = NULL');
    await recreateAll();
    await deployment.publish(command(4));
    serving = await deployment.serve();
    await untilLogged(serving, 'INPUT_RECREATED');
    await stop();
    await deployment.publish(...[5, 6, 7].map(command));
    serving = await deployment.serve();
    await untilLogged(serving, 'INPUT_RECREATED');
    expect(await deployment.outcomes()).to.deep.equal([]);
    expect((await deployment.runclose('adopt-topics', '--yes')).code).to.equal(0);
    await deployment.settled();
    expect(await closed()).to.deep.equal([4, 5, 6, 7].map((n) => `command-${String(n)}`));
  });

  it('by a version that knew no ids: the stored decision of another command is an alarm', async () => {
    await stop();
    await deployment.database.query(
      'UPDATE runclose.partition_lease SET input_id = NULL, outputs_id = NULL, emitted_through = 0',
    );
    await recreateAll();
    await deployment.publish(...[4, 5, 6].map(command));
    serving = await deployment.serve();
    await untilLogged(serving, 'STORED_COMMAND_DIFFERS');
    await expectShown(deployment, serving, 'STORED_COMMAND_DIFFERS');
    expect(await deployment.outcomes()).to.deep.equal([]);

    // The advice, to the letter: other topics, the same ledgers.
    await stop();
    const moved = await createDeployment(1, {
      database: { ...deployment.database, remove: () => Promise.resolve() },
    });
    try {
      await moved.publish(...[3, 4, 5].map(command));
      await moved.serve();
      await moved.settled();
      expect(await moved.outcomes()).to.deep.equal([
        'run.closed 0/1',
        'run.closed 0/2',
        'run.summary 0/1',
        'run.summary 0/2',
      ]);
    } finally {
      await moved.remove();
    }
  });
});

describe('topics that are created again with another number of partitions', function () {
  this.timeout(240_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(2);
  });
  afterEach(() => deployment.remove());

  const recreate = async (numPartitions: number, ...topics: string[]): Promise<void> => {
    await deleteTopics(deployment.admin, topics);
    await deployment.admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions })) });
  };
  /** By a producer that has not known the former topic. */
  const sendTo = async (...records: { readonly partition: number; readonly n: number }[]): Promise<void> => {
    const producer = testKafka(deployment.brokers).producer();
    await producer.connect();
    const messages = records.map(async ({ partition, n }) => ({
      partition,
      key: 'C1',
      value: await deployment.encode(command(n)),
    }));
    await producer.send({ topic: deployment.names.requested, messages: await Promise.all(messages) });
    await producer.disconnect();
  };
  const closed = async (): Promise<string[]> =>
    (await deployment.outcomes()).filter((it) => it.startsWith('run.closed')).sort();
  /** The group's offset may be one of the former topic, so it does not tell whether all is decided. */
  const decide = async (...expected: string[]): Promise<void> => {
    const serving = await deployment.serve();
    await until('all is decided', async () => (await closed()).length >= expected.length, 60_000);
    await deployment.settled();
    expect(await closed()).to.deep.equal(expected);
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };

  it('are adopted, unless an output holds events of the former input in any of its partitions', async () => {
    const { names } = deployment;
    const topics = Object.values(names);
    await sendTo({ partition: 1, n: 1 });
    await decide('run.closed 1/0');

    await recreate(1, names.requested);
    const refused = await deployment.runclose('adopt-topics', '--yes');
    expect(refused.code, refused.stderr).to.equal(1);
    expect(refused.stderr).to.include(`up to ${names.requested}/1@0`);

    await recreate(3, ...topics);
    const more = await deployment.runclose('adopt-topics', '--yes');
    expect(more.code, more.stderr).to.equal(0);
    await sendTo(...[0, 1, 2].map((partition) => ({ partition, n: 2 + partition })));
    await decide('run.closed 0/0', 'run.closed 1/0', 'run.closed 2/0');

    // Nothing but the number of partitions tells that this is another topic.
    await deployment.database.query('UPDATE runclose.partition_lease SET input_id = NULL, outputs_id = NULL');
    await recreate(1, ...topics);
    await sendTo(...[5, 6, 2].map((n) => ({ partition: 0, n })));
    const fewer = await deployment.runclose('adopt-topics', '--yes');
    expect(fewer.code, fewer.stderr).to.equal(0);
    await decide('run.closed 0/0', 'run.closed 0/1');
  });
});
