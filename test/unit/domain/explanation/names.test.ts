import { expect } from 'chai';
import { entry, explained } from '../../../support/explaining.ts';

describe('the names in an explanation', () => {
  const policy = 'least-recent';
  const eli = entry('Eli', { lastServedSequence: 20 });

  it('have the id behind them if two people in the ranking share one, named in the text or not', () => {
    const away = entry('Dana', { userId: 'U9', exclusion: 'CANNOT_RUN' });
    expect(explained({ policy, reason: 'LOWEST' }, entry('Dana', { userId: 'U1' }), eli, away)).to.equal(
      'Dana (U1) goes: has never gone; Eli went last time.',
    );
  });

  it('are the user id if the display name is blank', () => {
    expect(explained({ policy, reason: 'LOWEST' }, entry(' \t', { userId: 'U1' }), eli)).to.equal(
      'U1 goes: has never gone; Eli went last time.',
    );
    const blank = entry('', { userId: 'U1' });
    expect(explained({ policy, reason: 'TIE_LOT' }, blank, entry('U1', { userId: 'U2' }))).to.equal(
      'U1 (U1) goes, by lot: U1 (U1) and U1 (U2) have never gone.',
    );
  });

  it('have a space for each character that could break a line', () => {
    expect(explained({ policy, reason: 'LOWEST' }, entry('Da\r\nna\u2028D'), eli)).to.match(
      /^Da {2}na D goes: /,
    );
  });
});
