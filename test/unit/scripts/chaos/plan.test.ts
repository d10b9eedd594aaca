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
});
