import { expect } from 'chai';
import { Failure } from '../../../../src/processor/failure.ts';
import { recordHash } from '../../../../src/processor/skipped-records.ts';
import { createWorld, type World } from '../../../support/world.ts';

describe('a partition session', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
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

    const deliverAll = async () => {
      for (let first = 0, tries = 0; tries < 20; tries++) {
        const handled = await world.deliver(first);
        if (handled.kind !== 'seek') return handled;
        first = handled.offset;
      }
      return expect.fail('it never came to an end');
    };

    it('emits the records before it, and raises an alarm at its position, with the way out', async () => {
      const handled = await deliverAll();
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
      await deliverAll();
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
      await deliverAll();
      world.servers.skipped = [skip(Buffer.from('another one'))];
      expect(await world.deliver(2)).to.include({ kind: 'stopped' });
    });

    it('skips no command that can be decided, whatever was recorded', async () => {
      world.servers.refusal = () => null;
      world.servers.skipped = [
        { ...skip(SPOILT), offset: 1, recordHash: recordHash(world.batch(1).records[0]!) },
      ];
      await deliverAll();
      expect(world.outcomes()).to.include.members(['run.closed 1', 'dead-letter 2']);
      expect(world.letters()[0]?.poison.code).to.equal('UNDECODABLE');
    });

    it('names no way to skip a decision that is stored', async () => {
      world.servers.refusal = (emissions) => (emissions.length > 0 ? tooLarge : null);
      expect(await deliverAll()).to.deep.include({ kind: 'stopped', offset: 0 });
      expect(world.messages[0]).to.include('the record cannot be skipped, because its decision is stored');
    });
  });
});
