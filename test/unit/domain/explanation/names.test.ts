import { expect } from 'chai';
import { entry, explained } from '../../../support/explaining.ts';

describe('the names in an explanation', () => {
  it('have the id behind them where two in the ranking share one, whether or not both are named', () => {
    const away = entry('Dana', { userId: 'U9', exclusion: 'CANNOT_RUN' });
    expect(
      explained(
        { policy: 'least-recent', reason: 'LOWEST' },
        entry('Dana', { userId: 'U1' }),
        entry('Eli'),
        away,
      ),
    ).to.match(/^Dana \(U1\) makes this run\. Dana \(U1\) has not gone yet/);
    expect(
      explained(
        { policy: 'least-recent', reason: 'TIE_LOT' },
        entry('Dana', { userId: 'U1' }),
        entry('Eli'),
        away,
      ),
    ).to.contain('Dana (U1) and Eli are tied');
  });

  it('have a space for each character that could break a line', () => {
    expect(explained({ policy: 'least-recent', reason: 'LOWEST' }, entry('Da\r\nna\u2028D'))).to.match(
      /^Da {2}na D makes this run\./,
    );
  });
});
