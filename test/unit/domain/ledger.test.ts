import { expect } from 'chai';
import { applyChange, EMPTY_LEDGER, evolve, type LedgerChange, UNIT } from '../../../src/domain/ledger.ts';
import type { RankingEntry } from '../../../src/domain/records.ts';
import { aLedger, closedOf, createChannel } from '../../support/channel.ts';
import { aCommand } from '../../support/commands.ts';

const charged = (userId: string, charge: number): RankingEntry => ({
  rank: null,
  userId,
  displayName: userId,
  quantity: 1,
  served: 0,
  servedInWindow: 0,
  balance: 0,
  charge,
  lastServedSequence: null,
  exclusion: 'NONE',
});

const closedRun = (sequence: number, runner: string, ranking: RankingEntry[]) => ({
  sequence,
  runner: { userId: runner, slackUserId: null, displayName: runner },
  fairness: { ...closedOf(createChannel().preview(aCommand())).fairness, ranking },
});

const changeOf = (change: LedgerChange | null): LedgerChange => {
  if (change === null) throw new Error('nothing changed');
  return change;
};

describe('the ledger', () => {
  it('charges every participant what the event records, and credits the runner with one run', () => {
    const change = evolve(
      EMPTY_LEDGER,
      closedRun(1, 'Dana', [charged('Dana', 100), charged('Eli', UNIT - 100)]),
    );
    expect(change).to.deep.equal({
      head: { sequence: 1, previousRunner: 'Dana', ring: ['Dana'] },
      members: [
        {
          userId: 'Dana',
          balance: UNIT - 100,
          served: 1,
          attended: 1,
          lastServedSequence: 1,
          lastSeenSequence: 1,
        },
        {
          userId: 'Eli',
          balance: 100 - UNIT,
          served: 0,
          attended: 1,
          lastServedSequence: null,
          lastSeenSequence: 1,
        },
      ],
    });
  });

  it('builds on what its members have been through, not on what the event says of them', () => {
    const before = aLedger(['Eli', 'Dana', 'Eli'], { Dana: { balance: 7, attended: 2 } });
    const ranking = [{ ...charged('Dana', 5), balance: 999, served: 999 }];
    const change = changeOf(evolve(before, closedRun(4, 'Eli', ranking)));
    expect(change.members).to.deep.equal([
      { userId: 'Dana', balance: 2, served: 1, attended: 3, lastServedSequence: 2, lastSeenSequence: 4 },
    ]);
  });

  it('changes nothing for people who were away', () => {
    const before = aLedger(['Ben']);
    const after = applyChange(
      before,
      changeOf(evolve(before, closedRun(2, 'Dana', [charged('Dana', UNIT)]))),
    );
    expect(after.members.get('Ben')).to.equal(before.members.get('Ben'));
    expect([...after.members.keys()]).to.deep.equal(['Ben', 'Dana']);
    expect([...before.members.keys()]).to.deep.equal(['Ben']);
  });

  it('changes nothing for a run it has seen', () => {
    const before = aLedger(['Dana', 'Eli']);
    expect(evolve(before, closedRun(1, 'Dana', [charged('Dana', UNIT)]))).to.equal(null);
    expect(evolve(before, closedRun(2, 'Dana', [charged('Dana', UNIT)]))).to.equal(null);
  });

  it('refuses a run that leaves a gap', () => {
    expect(() => evolve(aLedger(['Dana']), closedRun(3, 'Dana', [charged('Dana', UNIT)]))).to.throw(
      RangeError,
      'folding run 3 of a channel: its ledger stands at run 1',
    );
  });

  it('remembers the last 64 runs', () => {
    const before = aLedger(Array.from({ length: 70 }, (_, index) => `U${String(index + 1)}`));
    const { ring } = changeOf(evolve(before, closedRun(71, 'Dana', [charged('Dana', UNIT)]))).head;
    expect(ring).to.have.length(64);
    expect(ring[0]).to.equal('U8');
    expect(ring[63]).to.equal('Dana');
  });
});
