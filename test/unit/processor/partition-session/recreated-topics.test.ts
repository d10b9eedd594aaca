import { expect } from 'chai';
import { Failure } from '../../../../src/processor/failure.ts';
import { contentHash } from '../../../../src/processor/content-hash.ts';
import { aCommand } from '../../../support/commands.ts';
import { recreate as recreateTopics } from '../../../support/in-memory/kafka.ts';
import { adopt, withLease } from '../../../support/in-memory/postgres.ts';
import { createWorld, type World } from '../../../support/world.ts';

describe('a partition session', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
  });

  describe('of a topic that was deleted and created again', () => {
    const [one, two, three] = ['c1', 'c2', 'c3'].map((commandId, index) => ({
      commandId,
      runId: `r${String(index + 1)}`,
    })) as [object, object, object];
    const recreate = (...commands: object[]): void => {
      world.servers.kafka = recreateTopics(world.servers.kafka, 0, { topicsId: 'second', groupOffset: 2 });
      world.publish(...commands);
    };
    const before = async (): Promise<void> => {
      world.publish(one, two);
      await world.deliver(0);
    };

    for (const [length, commands] of Object.entries({
      shorter: [three],
      equal: [three, { commandId: 'c4', runId: 'r4' }],
      longer: [three, { commandId: 'c4', runId: 'r4' }, { commandId: 'c5', runId: 'r5' }],
    })) {
      for (const restarts of ['a restart', 'no restart']) {
        it(`(${length}, with ${restarts}) stops with an alarm until it is adopted`, async () => {
          await before();
          recreate(...commands);
          if (restarts === 'a restart') world.restart();
          const first = length === 'longer' ? 2 : 0;
          const result = await world.deliver(first);
          expect(result).to.have.nested.property('alarm.message').that.includes('runclose adopt-topics');
          expect(world.alarms).to.deep.equal(['INPUT_RECREATED']);
          expect(world.outcomes(), 'nothing yet').to.deep.equal([]);
          expect(world.stored().decisions).to.have.length(2);

          world.servers.postgres = adopt(world.servers.postgres, 0);
          await world.deliver(0);
          expect(world.outcomes().filter((each) => each.startsWith('run.closed'))).to.have.length(
            commands.length,
          );
          expect(world.events('run.closed').map(({ commandId }) => commandId)).to.deep.equal(
            commands.map((each) => (each as { commandId: string }).commandId),
          );
          expect(world.partition().groupOffset).to.equal(commands.length);
        });
      }
    }

    it('that was cut, or whose ids nobody knows, stops for good: it does not outgrow its alarm', async () => {
      await before();
      recreate(three);
      world.change({ topicsId: 'first' });
      world.restart();
      await world.deliver(0);
      world.publish({ commandId: 'c4', runId: 'r4' }, { commandId: 'c5', runId: 'r5' });
      world.restart();
      for (const first of [0, 2]) expect(await world.deliver(first)).to.include({ kind: 'stopped' });
      expect(new Set(world.alarms)).to.deep.equal(new Set(['INPUT_RECREATED']));
      expect(world.outcomes()).to.deep.equal([]);
      world.servers.postgres = adopt(world.servers.postgres, 0);
      await world.deliver(0);
      expect(world.events('run.closed').map(({ commandId }) => commandId)).to.deep.equal(['c3', 'c4', 'c5']);
    });

    it('knows the commands that were decided before by their ids', async () => {
      await before();
      recreate(two, three, one);
      await world.deliver(0);
      world.servers.postgres = adopt(world.servers.postgres, 0);
      await world.deliver(0);
      expect(world.outcomes()).to.deep.equal(['run.closed 1', 'run.summary 1']);
      expect(world.counted.duplicate).to.equal(2);
    });

    it('is not mistaken for the former one after a crash right after it was adopted', async () => {
      await before();
      recreate(three, { commandId: 'c4', runId: 'r4' });
      await world.deliver(0);
      world.servers.postgres = adopt(world.servers.postgres, 0);
      world.servers.failNextPublish('before the commit');
      await world.deliver(0);
      world.restart();
      await world.deliver(world.partition().groupOffset ?? 0);
      expect(world.outcomes()).to.have.length(4);
      expect(world.alarms).to.deep.equal(['INPUT_RECREATED']);
    });

    it('in a cluster that was set up again under the same addresses, stops with an alarm that names the command', async () => {
      await before();
      world.publish(three);
      world.servers.postgres = withLease(world.servers.postgres, 0, { ...world.lease()!, topicsId: 'first' });
      world.servers.store.takeLease = async () => ({
        kind: 'other-log',
        differs: 'cluster',
        known: 'cluster',
      });
      world.servers.log.identity = async () => ({ clusterId: 'again', inputId: 'first', outputsId: 'first' });
      const result = await world.deliver(2);
      expect(result).to.have.nested.property('alarm.message').that.includes('runclose adopt-cluster');
      expect(world.alarms).to.deep.equal(['CLUSTER_CHANGED']);
      expect(world.outcomes()).to.have.length(4);
    });

    it('stops with an alarm though nobody knows ids of topics: a stored decision is another command', async () => {
      await before();
      recreate(three, one);
      world.change({ topicsId: null, groupOffset: 0 });
      world.servers.postgres = withLease(world.servers.postgres, 0, { ...world.lease()!, emittedThrough: 0 });
      world.restart();
      const result = await world.deliver(0);
      expect(result)
        .to.have.nested.property('alarm.message')
        .that.includes('run.close.requested/0/0 is not the record that was decided at this position')
        .and.includes('TOPIC_PREFIX');
      expect(world.alarms).to.deep.equal(['STORED_COMMAND_DIFFERS']);
      expect(world.outcomes()).to.deep.equal([]);
    });

    for (const [what, value] of [
      ['nothing', null],
      ['another command', Buffer.from(JSON.stringify(aCommand({ commandId: 'c1', runId: 'other' })))],
      ['an invalid command', Buffer.from(JSON.stringify(aCommand({ commandId: 'c1', runId: '' })))],
    ] as const) {
      it(`and that holds ${what} under the same id there, too`, async () => {
        await before();
        recreate();
        world.publishBytes(value);
        world.publish(two);
        world.change({ topicsId: null, groupOffset: 0 });
        world.servers.postgres = withLease(world.servers.postgres, 0, {
          ...world.lease()!,
          emittedThrough: 0,
        });
        world.restart();
        await world.deliver(0);
        expect(world.alarms).to.deep.equal(['STORED_COMMAND_DIFFERS']);
        expect(world.lease()?.alarm).to.deep.include({ offset: 0, code: 'STORED_COMMAND_DIFFERS' });
        expect(world.outcomes()).to.deep.equal([]);
      });
    }

    /** What a version has stored that did not know `pickupNote` yet. */
    const storedByAnOlderReader = async (): Promise<void> => {
      world.publish({ commandId: 'c1', runId: 'r1', pickupNote: 'At the back door' });
      world.servers.failNextPublish('before the commit');
      const leaving = { heartbeat: () => Promise.reject(new Failure('fenced', 'REBALANCE', 'leaving')) };
      await world.deliver(0, leaving);
      const { postgres } = world.servers;
      const [decision] = postgres.stored.decisions;
      const older = contentHash(aCommand({ commandId: 'c1', runId: 'r1' }));
      expect(older).not.to.deep.equal(decision?.contentHash);
      const decisions = [{ ...decision!, contentHash: older }];
      world.servers.postgres = { ...postgres, stored: { ...postgres.stored, decisions } };
      world.restart();
    };

    it('is not suspected because an older version has stored another hash of the same record', async () => {
      await storedByAnOlderReader();
      await world.deliver(0);
      expect(world.alarms).to.deep.equal([]);
      expect(world.outcomes()).to.deep.equal(['run.closed 0', 'run.summary 0']);
      expect(world.counted.redelivered).to.equal(1);
    });

    for (const [what, change] of [
      ['no broker tells its id', () => world.change({ topicsId: null })],
      [
        'its id became known later',
        () => {
          const nameless = { ...world.lease()!, topicsId: null, inputKnownFrom: null };
          world.servers.postgres = withLease(world.servers.postgres, 0, nameless);
        },
      ],
    ] as const) {
      it(`is suspected for that hash if ${what}`, async () => {
        await storedByAnOlderReader();
        change();
        await world.deliver(0);
        expect(world.alarms).to.deep.equal(['STORED_COMMAND_DIFFERS']);
        expect(world.outcomes()).to.deep.equal([]);
      });
    }

    it('stops with an alarm if the store stands beyond its end, whatever the outputs say', async () => {
      await before();
      recreate(three);
      world.change({ topicsId: 'first', groupOffset: null });
      world.restart();
      await world.deliver(0);
      expect(world.alarms).to.deep.equal(['INPUT_RECREATED']);
    });
  });
});
