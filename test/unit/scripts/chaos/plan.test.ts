import { expect } from 'chai';
import { FAULTS } from '../../../../scripts/chaos/faults/faults.ts';
import { planFaults } from '../../../../scripts/chaos/faults/plan.ts';

const kindsOf = (seed: number, commands: number): string[] =>
  planFaults(seed, commands).map(({ fault }) => fault.kind);

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
    expect(planFaults(7, 2000)).to.deep.equal(planFaults(7, 2000));
    expect(kindsOf(7, 2000)).to.not.deep.equal(kindsOf(8, 2000));
  });

  it('kills while somebody is frozen, and in a long run at other times as well', () => {
    for (const seed of [1, 2, 3]) {
      for (const [commands, kills] of [
        [2000, 1],
        [100_000, 3],
      ] as const) {
        const kinds = kindsOf(seed, commands);
        expect(kinds[kinds.indexOf('freeze-instance') + 1]).to.equal('kill-instance');
        expect(kinds.filter((kind) => kind === 'kill-instance')).to.have.length(kills);
      }
    }
  });
});
