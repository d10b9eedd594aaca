import { expect } from 'chai';
import { FAULTS } from '../../../../scripts/chaos/faults/faults.ts';
import { planFaults } from '../../../../scripts/chaos/faults/plan.ts';

const kindsOf = (seed: number, commands: number, brokers = 2): string[] =>
  planFaults({ seed, commands, brokers }).map(({ fault }) => fault.kind);

describe('The plan of faults', () => {
  it('has every kind, however short the run', () => {
    expect(kindsOf(1, 100)).to.include.members(FAULTS.map(({ kind }) => kind));
  });

  it('has every kind more often in a long run', () => {
    const kinds = kindsOf(1, 100_000);
    for (const { kind } of FAULTS)
      expect(kinds.filter((each) => each === kind).length, kind).to.be.at.least(2);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(planFaults({ seed: 7, commands: 2000, brokers: 1 })).to.deep.equal(
      planFaults({ seed: 7, commands: 2000, brokers: 1 }),
    );
    expect(kindsOf(7, 2000)).to.not.deep.equal(kindsOf(8, 2000));
  });

  it('stops a broker only if another one is left', () => {
    const all = FAULTS.map(({ kind }) => kind);
    const without = (kind: string): string[] => all.filter((each) => each !== kind);
    expect(kindsOf(1, 100, 2)).to.include.members(all);
    expect(kindsOf(1, 100, 1)).to.include.members(without('leaderless-partitions'));
    expect(kindsOf(1, 100, 1)).to.not.include('leaderless-partitions');
  });

  it('kills two at once while an instance is frozen, and in a long run at other times as well', () => {
    for (const seed of [1, 2, 3]) {
      for (const [commands, kills] of [
        [2000, 2],
        [100_000, 5],
      ] as const) {
        const plan = planFaults({ seed, commands, brokers: 1 });
        const frozen = plan.findIndex(({ fault }) => fault.kind === 'freeze-instance');
        const meanwhile = plan.slice(frozen + 1, frozen + 3);
        expect(meanwhile.map(({ fault, waits }) => [fault.kind, waits])).to.deep.equal([
          ['kill-instance', undefined],
          ['kill-instance', 'for nobody'],
        ]);
        expect(plan.filter(({ fault }) => fault.kind === 'kill-instance')).to.have.length(kills);
      }
    }
  });
});
