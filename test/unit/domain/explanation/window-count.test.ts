import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';

describe('the explanation under window-count', () => {
  const policy = 'window-count';
  const none = (name: string) => entry(name, { served: 3, lastServedSequence: 4 });
  const dana = entry('Dana', { servedInWindow: 1, lastServedSequence: 17 });
  const eli = entry('Eli', { servedInWindow: 1, lastServedSequence: 19 });
  const ana = entry('Ana', { servedInWindow: 2, lastServedSequence: 20 });

  it('says how many of the last runs each of two made', () => {
    expect(explained({ policy, reason: 'LOWEST' }, none('Ines'), ana)).to.equal(
      'Ines goes: made none of the last 5 runs; Ana made 2.',
    );
    expect(explained({ policy, reason: 'LOWEST' }, dana, ana)).to.equal(
      'Dana goes: made 1 of the last 5 runs; Ana made 2.',
    );
  });

  it('says who of several made the fewest of the last runs', () => {
    expect(explained({ policy, reason: 'LOWEST' }, none('Ines'), dana, ana)).to.equal(
      'Ines goes: made none of the last 5 runs, the fewest of the 3 in line.',
    );
  });

  it('counts the runs that there are if the window reaches back further', () => {
    expect(explained({ policy, reason: 'LOWEST', windowRuns: 50 }, dana, ana)).to.equal(
      'Dana goes: made 1 of the last 20 runs; Ana made 2.',
    );
  });

  it('speaks of the last run if there is only one', () => {
    const ben = entry('Ben', { servedInWindow: 1, lastServedSequence: 1 });
    expect(explained({ policy, reason: 'LOWEST', sequence: 2 }, entry('Ana'), ben)).to.equal(
      'Ana goes: Ben made the last run.',
    );
    expect(explained({ policy, reason: 'TIE_ID', sequence: 2 }, entry('Ines'), entry('Ana'))).to.equal(
      'Ines goes: Ines and Ana did not make the last run, and Ines comes first by user id.',
    );
    expect(explained({ policy, reason: 'TIE_ID', windowRuns: 1 }, none('Ines'), none('Ana'))).to.equal(
      'Ines goes: Ines and Ana did not make the last run, and Ines comes first by user id.',
    );
  });

  it('says that the user id decides', () => {
    expect(explained({ policy, reason: 'TIE_ID' }, none('Ines'), none('Ana'), dana)).to.equal(
      'Ines goes: Ines and Ana made none of the last 5 runs, and Ines comes first by user id.',
    );
    expect(explained({ policy, reason: 'TIE_ID', sequence: 1 }, entry('Ines'), entry('Ana'))).to.equal(
      'Ines goes: this is the first run here, and Ines comes first by user id.',
    );
    const [first, ...others] = ['Ines', 'Ana', 'Ben', 'Cleo'].map(none) as [typeof dana];
    expect(explained({ policy, reason: 'TIE_ID' }, first, ...others)).to.equal(
      'Ines goes: Ines, Ana, Ben and Cleo made none of the last 5 runs, and Ines comes first by user id.',
    );
  });

  it('says who went longest ago of people who made as many', () => {
    expect(explained({ policy, reason: 'TIE_LONGEST_AGO' }, dana, eli, ana)).to.equal(
      'Dana goes: Dana and Eli both made 1 of the last 5 runs, and Dana went longer ago (4 runs ago; Eli 2).',
    );
    const gus = { ...eli, displayName: 'Gus', lastServedSequence: 20 };
    expect(explained({ policy, reason: 'TIE_LONGEST_AGO' }, dana, eli, gus)).to.equal(
      'Dana goes: Dana, Eli and Gus all made 1 of the last 5 runs, and Dana went longest ago (4 runs ago).',
    );
  });

  it('says that the previous runner would have been first', () => {
    const two = entry('Ana', { servedInWindow: 2, lastServedSequence: 18 });
    const three = entry('Gus', { servedInWindow: 3, lastServedSequence: 19 });
    const rosa = held('Rosa', { servedInWindow: 1, balance: runs(3) });
    expect(explained({ policy, windowRuns: 6, reason: 'PREVIOUS_EXCLUDED' }, two, three, rosa)).to.equal(
      'Ana goes: made 2 of the last 6 runs; Gus made 3. ' +
        'Rosa (1 of the last 6 runs) would have been first, but went last time.',
    );
  });

  it('says by the balance how much better off the next in line is', () => {
    const again = entry('Olek', { servedInWindow: 1, lastServedSequence: 20, balance: -1 });
    expect(explained({ policy, reason: 'SOFT_REPEAT' }, again, { ...ana, balance: runs(1.33) })).to.equal(
      'Olek goes again: made 1 of the last 5 runs; Ana made 2. ' +
        'Two in a row happens here only when the next in line is at least one run better off: Ana is 1.33 better off.',
    );
    expect(explained({ policy, reason: 'REPEAT_ALLOWED' }, again, ana)).to.equal(
      'Olek goes again: made 1 of the last 5 runs; Ana made 2. Two in a row was allowed for this run.',
    );
  });
});
