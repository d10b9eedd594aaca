import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';

describe('the numbers in an explanation', () => {
  const ofTwo = (first: number, second: number) =>
    explained(
      { reason: 'LOWEST' },
      entry('Dana', { served: 3, balance: first }),
      entry('Eli', { served: 3, balance: second }),
    );
  const excluded = (runnerBalance: number, heldBalance: number) =>
    explained(
      { reason: 'PREVIOUS_EXCLUDED' },
      entry('Dana', { served: 3, balance: runnerBalance }),
      entry('Eli', { served: 9, balance: runs(5) }),
      entry('Flo', { served: 9, balance: runs(5) }),
      held('Ben', { balance: heldBalance }),
    );

  it('take three decimals if two balances would print alike with two', () => {
    expect(ofTwo(runs(-1.304), runs(-1.301))).to.equal(
      'Dana goes: 1.304 runs behind (made 3, fair share 4.304); Eli is 1.301 behind.',
    );
    expect(excluded(runs(-1.301), runs(-1.304))).to.equal(
      'Dana goes: 1.301 runs behind (made 3, fair share 4.301), the furthest of the 3 in line. ' +
        'Ben (1.304 runs behind) would have been first, but went last time.',
    );
  });

  it('take four decimals if three would not do', () => {
    expect(ofTwo(runs(1.3001), runs(1.3004))).to.equal(
      'Dana goes: 1.3001 runs ahead (made 3, fair share 1.6999); Eli is 1.3004 ahead.',
    );
  });

  it('are said to differ by a rounding remainder if four decimals do not show it', () => {
    expect(ofTwo(runs(-1.3), runs(-1.3) + 1)).to.equal(
      'Dana goes: 1.3000 runs behind (made 3, fair share 4.3000); ' +
        'Eli is 1.3000 behind, better off by a rounding remainder.',
    );
    expect(excluded(runs(-1.3) + 1, runs(-1.3))).to.equal(
      'Dana goes: 1.3000 runs behind (made 3, fair share 4.3000), the furthest of the 3 in line. ' +
        'Ben (1.3000 runs behind) would have been first by a rounding remainder, but went last time.',
    );
  });

  it('take more decimals if a balance that is not 0 would print as 0', () => {
    expect(ofTwo(runs(-0.004), runs(0.3))).to.equal(
      'Dana goes: 0.004 runs behind (made 3, fair share 3.004); Eli is 0.300 ahead.',
    );
    expect(ofTwo(runs(0.0004), runs(0.3))).to.equal(
      'Dana goes: 0.0004 runs ahead (made 3, fair share 2.9996); Eli is 0.3000 ahead.',
    );
    expect(ofTwo(-1, 0)).to.equal(
      'Dana goes: behind by a rounding remainder (made 3, fair share 3.0000); Eli is even.',
    );
    expect(ofTwo(0, 1)).to.equal(
      'Dana goes: even (made 3, fair share 3.0000); Eli is ahead by a rounding remainder.',
    );
  });

  it('tell a balance behind from the same one ahead', () => {
    expect(ofTwo(runs(-1.3), runs(1.3))).to.equal(
      'Dana goes: 1.30 runs behind (made 3, fair share 4.30); Eli is 1.30 ahead.',
    );
  });

  it('are as many as the text names: a third in line does not lengthen them', () => {
    expect(
      explained(
        { reason: 'LOWEST' },
        entry('Dana', { served: 3, balance: runs(-1.304) }),
        entry('Eli', { balance: runs(-1.301) }),
        entry('Flo'),
      ),
    ).to.equal('Dana goes: 1.30 runs behind (made 3, fair share 4.30), the furthest of the 3 in line.');
  });
});
