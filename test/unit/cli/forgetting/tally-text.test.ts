import { expect } from 'chai';
import pc from 'picocolors';
import { createTally } from '../../../../src/operations/forget/tally.ts';
import { leftOf, leftTexts, tallyTable } from '../../../../src/cli/forgetting/tally-text.ts';

const colors = pc.createColors(false);

describe('What was forgotten, and what not,', () => {
  it('is counted by channel, with advice about the others', () => {
    const tally = createTally();
    for (const kind of ['forgotten', 'forgotten', 'notYetEmitted', 'unreadable'] as const)
      tally.add('C1', kind);
    tally.add('C2', 'ofRetiredCluster');
    expect(tally.channels()).to.deep.equal([
      { channelId: 'C1', forgotten: 2, notYetEmitted: 1, ofRetiredCluster: 0, unreadable: 1 },
      { channelId: 'C2', forgotten: 0, notYetEmitted: 0, ofRetiredCluster: 1, unreadable: 0 },
    ]);
    expect(tallyTable(tally, 'write', colors).split('\n')).to.deep.equal([
      'channel  forgotten  not yet emitted  retired cluster  unreadable',
      'C1               2                1                0           1',
      'C2               0                0                1           0',
    ]);
    const total = tally.total();
    expect(leftOf(total)).to.equal(3);
    const texts = leftTexts(total);
    expect(texts).to.have.length(3);
    expect(texts[0]).to.include('1 decision, not known to be emitted yet').and.to.include('Run this again');
    expect(texts[1]).to.include('runclose adopt-cluster');
    expect(texts[2]).to.include('another version of the schemas');
  });

  it('is listed for the first fifty channels, if there are more', () => {
    const tally = createTally();
    for (let n = 0; n < 1_234; n++) tally.add(`C${n}`, 'forgotten');
    const lines = tallyTable(tally, 'dry', colors).split('\n');
    expect(lines[0]).to.match(/^channel +would forget/);
    expect(lines).to.have.length(1 + 50 + 2);
    expect(lines.slice(-2)).to.deep.equal(['… and 1,184 more:', '--json']);
    expect(leftTexts(tally.total())).to.deep.equal([]);
  });
});
