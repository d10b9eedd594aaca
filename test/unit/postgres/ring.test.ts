import { expect } from 'chai';
import { ringFromText, ringToText } from '../../../src/postgres/ring.ts';

describe('the ring as a text', () => {
  it('is empty before the first run', () => {
    expect(ringToText([])).to.equal('');
    expect(ringFromText('', 0)).to.deep.equal([]);
  });

  it('comes back as it was, with the sequences that end at the last run', () => {
    const ring = [
      { sequence: 98, runnerUserId: 'U1' },
      { sequence: 99, runnerUserId: 'é,"{}\\' },
      { sequence: 100, runnerUserId: 'U1' },
    ];
    expect(ringFromText(ringToText(ring), 100)).to.deep.equal(ring);
  });
});
