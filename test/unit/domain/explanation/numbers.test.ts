import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';

describe('the numbers in an explanation', () => {
  const excluded = (runnerBalance: number, heldBalance: number) =>
    explained(
      { reason: 'PREVIOUS_EXCLUDED' },
      entry('Dana', { served: 3, balance: runnerBalance }),
      held('Ben', { balance: heldBalance }),
    );

  it('take three decimals where two balances would print alike with two', () => {
    expect(excluded(runs(-1.301), runs(-1.304))).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.301 runs' worth: 1.301 behind. " +
        'Ben (1.304 behind) was due before Dana but made the last run, so sits this one out.',
    );
  });

  it('take four decimals where three would not do', () => {
    expect(excluded(runs(-1.3001), runs(-1.3004))).to.contain(
      "drunk 4.3001 runs' worth: 1.3001 behind. Ben (1.3004 behind)",
    );
  });

  it('are said to differ by a rounding remainder where four decimals do not show it', () => {
    expect(excluded(runs(-1.3) + 1, runs(-1.3))).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.3000 runs' worth: 1.3000 behind. " +
        'Ben (1.3000 behind) was due before Dana by a rounding remainder but made the last run, so sits this one out.',
    );
  });

  it('take more decimals where a balance that is not 0 would print as 0', () => {
    const alone = (balance: number) =>
      explained({ reason: 'SOLE_ELIGIBLE' }, entry('Dana', { served: 1, balance }));
    expect(alone(runs(0.004))).to.contain("drunk 0.996 runs' worth: 0.004 ahead.");
    expect(alone(runs(-0.0004))).to.contain("drunk 1.0004 runs' worth: 0.0004 behind.");
    expect(alone(-1)).to.contain("drunk 1.0000 runs' worth: behind by a rounding remainder.");
    expect(alone(1)).to.contain("drunk 1.0000 runs' worth: ahead by a rounding remainder.");
  });

  it('tell a balance ahead from the same one behind', () => {
    expect(excluded(runs(1.3), runs(-1.3))).to.contain('1.30 ahead. Ben (1.30 behind)');
  });

  it('tell level from a rounding remainder', () => {
    expect(excluded(0, -2)).to.contain(
      "drunk 3.0000 runs' worth: level. Ben (behind by a rounding remainder) was due before Dana but",
    );
  });
});
