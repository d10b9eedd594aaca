import { expect } from 'chai';
import { Failure } from '../../../../src/processor/failure.ts';
import { AN_EMPTY_POSTGRES, withLease } from '../../../support/in-memory/postgres.ts';
import { createWorld, type World } from '../../../support/world.ts';

describe('a partition session', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
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
});
