import { expect } from 'chai';
import { judgeRatio, notedRatio, ratioIn } from '../../../../scripts/bench/serve/ratio-check.ts';

describe('The ratio of serve to the ceiling', () => {
  it('holds until a third of it is gone', () => {
    expect(judgeRatio(0.4, 0.6).kind).to.equal('held');
    expect(judgeRatio(0.39, 0.6)).to.deep.equal({
      kind: 'fell',
      words:
        'serve does 0.39 of the ceiling; 0.60 is noted, 0.40 the least: find what became slower, or note the new ratio with --note-ratio',
    });
  });

  it('is the one of a single serve on the backlog', () => {
    const rows = [
      { what: 'ceiling', 'of ceiling': 1 },
      { what: 'serve', 'of ceiling': 0.5 },
    ];
    expect(ratioIn([{ part: 'serve: a backlog', beside: '', rows }])).to.equal(0.5);
    expect(() => ratioIn([])).to.throw('serve was not measured');
  });

  it('is noted', async () => {
    expect(await notedRatio()).to.be.within(0.05, 2);
  });
});
