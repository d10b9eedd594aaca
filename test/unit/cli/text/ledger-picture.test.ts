import { expect } from 'chai';
import { ledgerPicture } from '../../../../src/cli/text/ledger-picture.ts';
import { UNIT } from '../../../../src/domain/ledger.ts';

describe('The picture of a channel', () => {
  const line = { servedInWindow: 0, attended: 5, lastServedSequence: null, lastSeenSequence: 20 };
  const drawn = ledgerPicture({
    channelId: 'C<1>',
    policy: 'fair-share',
    runsInWindow: 5,
    sequence: 21,
    lines: [
      { ...line, userId: 'U1', displayName: 'Dana & <b>', served: 1, balance: -UNIT },
      { ...line, userId: 'U2', displayName: '', served: 9, balance: 2 * UNIT },
    ],
  });
  const bars = [...drawn.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(([, x, width]) => ({
    from: Number(x),
    to: Number(x) + Number(width),
  }));
  const even = Number(/<line x1="([\d.]+)"/.exec(drawn)?.[1]);

  it('has a bar left of even for a person who owes runs, and right of even for one who is ahead', () => {
    const [owes, ahead] = bars;
    expect(owes?.to).to.equal(even);
    expect(ahead?.from).to.equal(even);
    expect((ahead?.to ?? 0) - even).to.equal(2 * (even - (owes?.from ?? 0)));
  });

  it('names people with their ids, and says the numbers', () => {
    expect(drawn).to.contain('made 1 · fair share 2.00 · -1.00').and.to.contain('>U2</text>');
  });

  it('lets no name disturb the file', () => {
    expect(drawn)
      .to.contain('Dana &#38; &#60;b&#62; (U1)')
      .and.to.contain('C&#60;1&#62;')
      .and.not.to.contain('<b>');
  });
});
