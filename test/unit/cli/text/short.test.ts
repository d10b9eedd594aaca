import { expect } from 'chai';
import { shortPair } from '../../../../src/cli/text/short.ts';

describe('Two values that differ, in a table', () => {
  it('are whole if both are short', () => {
    expect(shortPair(1, 'none')).to.deep.equal(['1', 'none']);
    expect(shortPair(null, ['U1'])).to.deep.equal(['null', '["U1"]']);
  });

  it('are cut at their end if they differ early', () => {
    const long = ' has made 3 runs and is most due of all who may go today, by far';
    expect(shortPair(`Dana${long}`, 'Eli')).to.deep.equal([`Dana${long.slice(0, 56)}…`, 'Eli']);
  });

  it('are cut around the first difference if it comes late', () => {
    const begin = 'Dana has made 3 runs, Eli has made 4 and Ben has made 5 by now: Dana is the ';
    const end = 'due of all who could go, and the lot did not have to decide between them';
    expect(shortPair(`${begin}most ${end}`, `${begin}least ${end}`)).to.deep.equal([
      '…now: Dana is the most due of all who could go, and the lot d…',
      '…now: Dana is the least due of all who could go, and the lot …',
    ]);
  });

  it('show what only one of them has at its end, and no half of a character', () => {
    expect(shortPair('☕'.repeat(70), '☕'.repeat(71))).to.deep.equal([
      `…${'☕'.repeat(20)}`,
      `…${'☕'.repeat(21)}`,
    ]);
    expect(shortPair('🚲'.repeat(50) + 'a'.repeat(20), '🚲'.repeat(50) + 'b'.repeat(20))).to.deep.equal([
      `…${'🚲'.repeat(20)}${'a'.repeat(20)}`,
      `…${'🚲'.repeat(20)}${'b'.repeat(20)}`,
    ]);
  });
});
