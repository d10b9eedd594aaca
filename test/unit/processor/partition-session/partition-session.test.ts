import { expect } from 'chai';
import { Failure } from '../../../../src/processor/failure.ts';
import { createWorld, type World } from '../../../support/world.ts';

describe('a partition session', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
  });

  it('decides a batch, stores it, and emits it with the offset', async () => {
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

  it('splits a batch that ran out of time into smaller ones', async () => {
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
