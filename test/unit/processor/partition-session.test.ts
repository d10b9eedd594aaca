import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import { contentHash } from '../../../src/processor/content-hash.ts';
import { recordHash } from '../../../src/processor/skipped-records.ts';
import { aCommand } from '../../support/commands.ts';
import { recreate as recreateTopics } from '../../support/in-memory/kafka.ts';
import { adopt, AN_EMPTY_POSTGRES, withLease } from '../../support/in-memory/postgres.ts';
import { createWorld, type World } from '../../support/world.ts';

describe('a partition session', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
  });

  it('brings a batch through: decided, stored, emitted with the offset', async () => {
    world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
    expect(await world.deliver(0)).to.deep.equal({ kind: 'continue' });
    expect(world.outcomes()).to.deep.equal([
      'run.closed 0',
      'run.summary 0',
      'run.closed 1',
      'run.summary 1',
    ]);
    expect(world.partition().groupOffset).to.equal(2);
    expect(world.lease()).to.include({ epoch: 1, nextOffset: 2 });
  });

  it('keeps its ownership from batch to batch', async () => {
    world.publish({ commandId: 'c1', runId: 'r1' });
    await world.deliver(0);
    world.publish({ commandId: 'c2', runId: 'r2' });
    await world.deliver(1);
    expect(world.reconciliations).to.deep.equal(['assigned']);
  });

  it('emits nothing again for the same command at another offset, and remembers that it was seen', async () => {
    world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c1', runId: 'r1' });
    await world.deliver(0);
    world.publish({ commandId: 'c1', runId: 'r1', requestedAt: 1, correlationId: 'second try' });
    await world.deliver(2);
    expect(world.outcomes()).to.deep.equal(['run.closed 0', 'run.summary 0']);
    expect(world.stored().duplicates.map(({ offset }) => offset)).to.deep.equal([1, 2]);
    expect(world.counted.duplicate).to.equal(2);
  });

  it('rejects a command id that is used again for other content', async () => {
    world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c1', runId: 'r2' });
    await world.deliver(0);
    expect(world.rejections()).to.deep.equal([[1, 'COMMAND_ID_REUSED']]);
  });

  it('rejects the second command for a run that is closed', async () => {
    world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r1' });
    await world.deliver(0);
    expect(world.rejections()).to.deep.equal([[1, 'RUN_ALREADY_CLOSED']]);
  });

  it('rejects an invalid command by itself, every time', async () => {
    world.publish({ commandId: 'c1', runId: '' }, { commandId: 'c1', runId: '' });
    await world.deliver(0);
    expect(world.rejections()).to.deep.equal([
      [0, 'INVALID_COMMAND'],
      [1, 'INVALID_COMMAND'],
    ]);
    const ids = world.events('run.close.rejected').map(({ eventId }) => eventId);
    expect(new Set(ids).size).to.equal(2);
  });

  it('dead-letters records that cannot be decoded, between their unharmed neighbours', async () => {
    world.publish({ commandId: 'c1', runId: 'r1' });
    world.publishBytes(Buffer.from('not avro'));
    world.publish({ commandId: 'c2', runId: 'r2' });
    await world.deliver(0);
    expect(world.outcomes()).to.deep.equal([
      'run.closed 0',
      'run.summary 0',
      'dead-letter 1',
      'run.closed 2',
      'run.summary 2',
    ]);
  });

  describe('after a crash', () => {
    it('between the two commits, emits the stored events, byte for byte, and decides nothing again', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      world.servers.failNextPublish('before the commit');
      await world.deliver(0);
      const stored = world.stored().decisions[0]?.bodies['run.closed'];
      expect(world.stored().decisions).to.have.length(1);
      expect(world.outcomes()).to.deep.equal(['run.closed 0', 'run.summary 0']);
      expect(world.emittedBody(0, 'run.closed')).to.deep.equal(stored);
      expect(world.counted.redelivered).to.equal(1);
    });

    it('whose commit the broker had taken, doubles nothing', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      world.servers.failNextPublish('after the commit');
      expect(await world.deliver(0)).to.deep.equal({ kind: 'seek', offset: 1 });
      expect(world.outcomes()).to.deep.equal(['run.closed 0', 'run.summary 0']);
    });

    it('whose offset became visible later than its events, doubles nothing', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      world.change({ groupOffset: 0 });
      world.restart();
      expect(await world.deliver(0)).to.deep.equal({ kind: 'seek', offset: 1 });
      expect(world.outcomes()).to.deep.equal(['run.closed 0', 'run.summary 0']);
      expect(world.partition().groupOffset, 'the group follows the output').to.equal(1);
    });

    it('waits if the registry has lost the schema of earlier decisions, and blames no server', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      world.servers.failNextPublish('before the commit');
      const leaving = { heartbeat: () => Promise.reject(new Failure('fenced', 'REBALANCE', 'leaving')) };
      await world.deliver(0, leaving);
      const batch = world.batch(0);
      const undecodable = batch.records.map((record) => ({ ...record, value: Buffer.from('lost') }));
      await world.session.handle({ ...batch, records: undecodable }, world.membership(leaving));
      expect(world.failures.at(-1)).to.include({ kind: 'transient', code: 'SCHEMA_LOST', isLocal: true });
      expect(world.outcomes()).to.deep.equal([]);
    });

    for (const when of ['before the commit', 'after the commit'] as const) {
      it(`of the database ${when}, decides each command once`, async () => {
        world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
        world.servers.failNextTransaction(when);
        await world.deliver(0);
        expect(world.stored().decisions.map(({ sequence }) => sequence)).to.deep.equal([1, 2]);
        expect(world.outcomes()).to.have.length(4);
        expect(world.retries).to.deep.equal(['POSTGRES_UNAVAILABLE']);
      });
    }
  });

  describe('with two owners', () => {
    it('lets the newer generation fence the older, which then joins the group again', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      const older = world.anotherOwner();
      await world.deliver(0, { generation: 2 });
      expect(await older.handle(world.batch(0), world.membership({ generation: 1 }))).to.deep.equal({
        kind: 'rejoin',
      });
      expect(world.outcomes()).to.have.length(2);
    });

    it('does not emit for a generation that has ended meanwhile', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      let asked = 0;
      const result = await world.deliver(0, { isCurrent: () => ++asked === 1 });
      expect(result).to.deep.equal({ kind: 'seek', offset: 0 });
      expect(world.outcomes()).to.deep.equal([]);
    });

    it('paces a member that comes back with an old generation', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0, { generation: 2 });
      world.restart();
      await world.deliver(0, { generation: 1 });
      expect(world.retries).to.deep.equal(['SUPERSEDED']);
    });

    it('reconciles in place when it was fenced though its generation is still the newest', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      await world.servers.output.fence(0);
      world.publish({ commandId: 'c2', runId: 'r2' });
      await world.deliver(1);
      expect(world.outcomes()).to.have.length(4);
      expect(world.reconciliations).to.deep.equal(['assigned', 'PRODUCER_FENCED']);
    });
  });

  describe('at its cursor', () => {
    it('reads again what the client skipped', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
      world.change({ groupOffset: 0 });
      expect(await world.deliver(1)).to.deep.equal({ kind: 'seek', offset: 0 });
    });

    it('moves past a batch that the client filtered away, and commits past it', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      await world.session.handle({ partition: 0, first: 1, end: 3, records: [] }, world.membership());
      expect(world.partition().groupOffset).to.equal(3);
    });

    it('stops with an alarm if retention has removed commands that nobody decided', async () => {
      world.publish(
        { commandId: 'c1', runId: 'r1' },
        { commandId: 'c2', runId: 'r2' },
        { commandId: 'c3', runId: 'r3' },
      );
      await world.deliver(0, {}, 1);
      world.change({ low: 2 });
      world.restart();
      const result = await world.deliver(2);
      expect(result).to.have.property('kind', 'stopped');
      expect(world.alarms).to.deep.equal(['INPUT_GAP']);
    });

    it('does not take an expired offset for proof of emission: removed commands are a gap', async () => {
      world.publish(
        { commandId: 'c1', runId: 'r1' },
        { commandId: 'c2', runId: 'r2' },
        { commandId: 'c3', runId: 'r3' },
      );
      await world.deliver(0, {}, 1);
      world.change({ low: 2, groupOffset: null, committed: [] });
      world.restart();
      await world.deliver(2);
      expect(world.alarms).to.deep.equal(['INPUT_GAP']);
      expect(world.retries).to.deep.equal([]);
    });

    it('stops with an alarm if more was emitted than the log holds', async () => {
      world.change({ groupOffset: 7 });
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      expect(world.alarms).to.deep.equal(['INPUT_RECREATED']);
    });

    it('stops with an alarm if the group was moved past commands that nobody decided', async () => {
      world.publish(
        { commandId: 'c1', runId: 'r1' },
        { commandId: 'c2', runId: 'r2' },
        { commandId: 'c3', runId: 'r3' },
      );
      await world.deliver(0, {}, 1);
      world.change({ groupOffset: 2 });
      world.restart();
      expect(await world.deliver(2)).to.deep.equal({ kind: 'seek', offset: 1 });
      expect(await world.deliver(1))
        .to.have.nested.property('alarm.message')
        .that.includes('never emitted');
      expect(world.alarms).to.deep.equal(['STORED_EVENTS_DIFFER']);
    });

    it('waits for a missing output partition, and continues when it exists', async () => {
      world.change({ missing: [{ topic: 'run.summary', partitions: 3 }] });
      world.publish({ commandId: 'c1', runId: 'r1' });
      const result = await world.deliver(0);
      expect(result).to.have.nested.property('alarm.message').that.includes('setup --repartition');
      world.change({ missing: [] });
      await world.deliver(0);
      expect(world.outcomes()).to.have.length(2);
      expect(world.resumed).to.equal(1);
    });
  });

  describe('whose events were stored and not emitted', () => {
    const storeOnly = async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      world.publish({ commandId: 'c2', runId: 'r2' });
      world.servers.failNextPublish('before the commit');
      await world.deliver(1, {
        heartbeat: () => Promise.reject(new Failure('fenced', 'REBALANCE', 'killed')),
      });
      expect(world.lease()).to.include({ nextOffset: 2 });
      expect(world.outcomes()).to.have.length(2);
    };

    it('emits them, though somebody has moved the group past them', async () => {
      await storeOnly();
      world.change({ groupOffset: 2 });
      world.restart();
      world.publish({ commandId: 'c3', runId: 'r3' });
      expect(await world.deliver(2)).to.deep.equal({ kind: 'seek', offset: 1 });
      await world.deliver(1);
      expect(world.outcomes()).to.have.length(6);
      expect(world.alarms).to.deep.equal([]);
    });

    it('and moved it even further, skips none of them', async () => {
      await storeOnly();
      world.publish({ commandId: 'c3', runId: 'r3' });
      world.change({ groupOffset: 3 });
      world.restart();
      await world.deliver(1);
      expect(world.alarms).to.deep.equal(['STORED_EVENTS_DIFFER']);
      world.change({ groupOffset: 2 });
      world.restart();
      await world.deliver(1);
      expect(world.outcomes()).to.have.length(6);
    });
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

  describe('when Postgres has lost commits', () => {
    const loseTheLast = async () => {
      world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
      await world.deliver(0, {}, 1);
      const backup = world.servers.postgres;
      await world.deliver(1);
      world.servers.postgres = backup;
      world.restart();
    };

    it('folds the emitted events again, silently, and continues', async () => {
      await loseTheLast();
      world.publish({ commandId: 'c3', runId: 'r3' });
      expect(await world.deliver(2)).to.deep.equal({ kind: 'seek', offset: 1 });
      expect(await world.deliver(1)).to.deep.equal({ kind: 'seek', offset: 2 });
      expect(await world.deliver(2)).to.deep.equal({ kind: 'continue' });
      expect(world.foldedAgain).to.deep.equal([[1, 2]]);
      expect(world.outcomes()).to.have.length(6);
      expect(world.stored().channels.get('C1')?.head.sequence).to.equal(3);
    });

    it('and all of them, under an owner that keeps working, is noticed before a command is decided again', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      world.servers.postgres = withLease(AN_EMPTY_POSTGRES, 0, { ...world.lease()!, nextOffset: null });
      world.publish({ commandId: 'c1', runId: 'r1' });
      expect(await world.deliver(1)).to.deep.equal({ kind: 'seek', offset: 0 });
      await world.deliver(0);
      await world.deliver(1);
      expect(world.retries).to.deep.equal(['LEASE_LOST']);
      expect(world.outcomes()).to.deep.equal(['run.closed 0', 'run.summary 0']);
    });

    it('stops with an alarm if the commands are gone and cannot be folded again', async () => {
      await loseTheLast();
      world.change({ low: 2 });
      await world.deliver(2);
      expect(world.alarms).to.deep.equal(['STORE_BEHIND_LOG']);
    });

    for (const [name, groupOffset] of [
      ['where Postgres stands', 1],
      ['the start', 0],
      ['nowhere', null],
    ] as const) {
      it(`and somebody has put the group's offset to ${name}, folds again all the same`, async () => {
        await loseTheLast();
        world.change({ groupOffset });
        world.publish({ commandId: 'c3', runId: 'r3' });
        await world.deliver(groupOffset ?? 0);
        await world.deliver(1);
        await world.deliver(2);
        expect(world.foldedAgain).to.deep.equal([[1, 2]]);
        expect(world.outcomes()).to.have.length(6);
        expect(world.alarms).to.deep.equal([]);
      });
    }

    it('and somebody has moved the group forward, names what was never emitted, and emits it once the offset is deleted', async () => {
      await loseTheLast();
      world.publish({ commandId: 'c3', runId: 'r3' }, { commandId: 'c4', runId: 'r4' });
      world.change({ groupOffset: 4 });
      await world.deliver(1);
      expect(await world.deliver(1))
        .to.have.nested.property('alarm.message')
        .that.includes('delete-offsets');
      world.change({ groupOffset: null });
      world.restart();
      await world.deliver(1, {}, 2);
      await world.deliver(2);
      expect(world.outcomes()).to.have.length(8);
    });

    it('takes a dead letter for the outcome of its record, though it can be decoded by now', async () => {
      world.publishBytes(Buffer.from('not known yet'));
      world.publish({ commandId: 'c1', runId: 'r1' });
      await world.deliver(0);
      const learnt = { ...world.batch(0).records[0]!, value: world.batch(1).records[0]!.value };
      world.change({ input: [learnt, ...world.partition().input.slice(1)] });
      world.servers.postgres = AN_EMPTY_POSTGRES;
      world.restart();
      await world.deliver(0);
      expect(world.alarms).to.deep.equal([]);
      expect(world.foldedAgain).to.deep.equal([[0, 2]]);
      expect(world.stored().decisions.map(({ offset }) => offset)).to.deep.equal([1]);
      expect(world.outcomes()).to.deep.equal(['dead-letter 0', 'run.closed 1', 'run.summary 1']);
    });

    it('writes no dead letter twice, and misses none that was never written', async () => {
      world.publish({ commandId: 'c1', runId: 'r1' });
      world.publishBytes(Buffer.from('poison'));
      await world.deliver(0);
      world.publishBytes(Buffer.from('poison, too'));
      world.servers.postgres = AN_EMPTY_POSTGRES;
      world.change({ groupOffset: 3 });
      world.restart();
      expect(await world.deliver(0))
        .to.have.nested.property('alarm.message')
        .that.includes('/2 was never emitted');
      world.change({ groupOffset: null });
      world.restart();
      await world.deliver(0, {}, 2);
      await world.deliver(2);
      expect(world.outcomes().filter((each) => each.startsWith('dead'))).to.deep.equal([
        'dead-letter 1',
        'dead-letter 2',
      ]);
    });

    it('waits if the registry has lost the schema of emitted events', async () => {
      await loseTheLast();
      const leaving = { heartbeat: () => Promise.reject(new Failure('fenced', 'REBALANCE', 'leaving')) };
      const batch = world.batch(1);
      const undecodable = batch.records.map((record) => ({ ...record, value: Buffer.from('lost') }));
      await world.session.handle({ ...batch, records: undecodable }, world.membership(leaving));
      expect(world.failures.at(-1)).to.include({ kind: 'transient', code: 'SCHEMA_LOST' });
    });

    it('stops with an alarm if it would now decide differently, and stores nothing', async () => {
      await loseTheLast();
      world.setPolicy('C1', { enabled: false });
      await world.deliver(2);
      await world.deliver(1);
      expect(world.alarms).to.deep.equal(['STORED_EVENTS_DIFFER']);
      expect(world.stored().decisions).to.have.length(1);
    });
  });

  describe('with a record that cannot be written', () => {
    const SPOILT = Buffer.from('too large');
    const tooLarge = new Failure(
      'fatal',
      'RECORD_TOO_LARGE',
      'writing 1 record to the dead letters: too large',
    );
    const skip = (value: Buffer) => ({
      offset: 2,
      recordHash: recordHash({ ...world.batch(2).records[0]!, value }),
      by: 'Ana',
      at: Date.UTC(2026, 2, 2, 8),
    });
    beforeEach(() => {
      world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
      world.publishBytes(SPOILT);
      world.publish({ commandId: 'c3', runId: 'r3' });
      world.servers.refusal = (emissions) =>
        emissions.some((each) => each.kind === 'dead-letter' && each.record.value?.equals(SPOILT) === true)
          ? tooLarge
          : null;
    });

    const bringAllThrough = async () => {
      for (let first = 0, tries = 0; tries < 20; tries++) {
        const handled = await world.deliver(first);
        if (handled.kind !== 'seek') return handled;
        first = handled.offset;
      }
      return expect.fail('it never came to an end');
    };

    it('emits the records before it, and raises an alarm at its position, with the way out', async () => {
      const handled = await bringAllThrough();
      expect(handled).to.deep.include({ kind: 'stopped', offset: 2 });
      expect(world.outcomes()).to.deep.equal([
        'run.closed 0',
        'run.summary 0',
        'run.closed 1',
        'run.summary 1',
      ]);
      expect(world.alarms).to.deep.equal(['RECORD_TOO_LARGE']);
      expect(world.messages[0]).to.include('runclose skip run.close.requested/0@2 --yes');
      expect(await world.deliver(2)).to.include({ kind: 'stopped' });
    });

    it('continues once the record is skipped: a dead letter without content takes its place', async () => {
      await bringAllThrough();
      world.servers.skipped = [skip(SPOILT)];
      expect(await world.deliver(2)).to.deep.equal({ kind: 'continue' });
      expect(world.outcomes().slice(4)).to.deep.equal(['dead-letter 2', 'run.closed 3', 'run.summary 3']);
      const letter = world.letters()[0]!;
      expect(letter.poison).to.deep.include({
        code: 'SKIPPED',
        skipped: { at: '2026-03-02T08:00:00.000Z', by: 'Ana' },
      });
      expect(letter.record).to.deep.include({ key: null, value: null, headers: [] });
      expect(world.resumed).to.equal(1);
      expect(world.counted).to.deep.include({ redelivered: 3, deadLetter: 1 });
    });

    it('skips no other record at this position', async () => {
      await bringAllThrough();
      world.servers.skipped = [skip(Buffer.from('another one'))];
      expect(await world.deliver(2)).to.include({ kind: 'stopped' });
    });

    it('skips no command that can be decided, whatever was recorded', async () => {
      world.servers.refusal = () => null;
      world.servers.skipped = [
        { ...skip(SPOILT), offset: 1, recordHash: recordHash(world.batch(1).records[0]!) },
      ];
      await bringAllThrough();
      expect(world.outcomes()).to.include.members(['run.closed 1', 'dead-letter 2']);
      expect(world.letters()[0]?.poison.code).to.equal('UNDECODABLE');
    });

    it('names no way to skip a decision that is stored', async () => {
      world.servers.refusal = (emissions) => (emissions.length > 0 ? tooLarge : null);
      expect(await bringAllThrough()).to.deep.include({ kind: 'stopped', offset: 0 });
      expect(world.messages[0]).to.include('the record cannot be skipped, because its decision is stored');
    });
  });

  it('brings a batch that ran out of time through in smaller ones', async () => {
    for (let n = 0; n < 16; n++) world.publish({ commandId: `c${String(n)}`, runId: `r${String(n)}` });
    const sizes: number[] = [];
    world.servers.refusal = (emissions) => {
      sizes.push(emissions.length);
      return emissions.length > 8 ? new Failure('transient', 'KAFKA_TIMEOUT', 'no answer within 15 s') : null;
    };
    expect(await world.deliver(0)).to.deep.equal({ kind: 'continue' });
    expect(world.partition().groupOffset).to.equal(16);
    expect(world.outcomes()).to.have.length(32);
    expect(sizes.slice(0, 3)).to.deep.equal([32, 16, 8]);
  });
});
