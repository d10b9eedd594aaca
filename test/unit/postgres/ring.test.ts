import { expect } from 'chai';
import { ringFromText, ringToText } from '../../../src/postgres/ring.ts';

describe('the ring as a text', () => {
  it('is empty before the first run', () => {
    expect(ringToText([])).to.equal('');
    expect(ringFromText('')).to.deep.equal([]);
  });

  it('comes back as it was', () => {
    const ring = ['U1', 'é,"{}\\', 'U1', '0', 'U1'];
    expect(ringFromText(ringToText(ring))).to.deep.equal(ring);
  });

  it('comes back as it was when 64 people made 64 runs', () => {
    const ring = Array.from({ length: 64 }, (_, run) => `U${String(run)}`);
    expect(ringFromText(ringToText(ring))).to.deep.equal(ring);
  });

  it('stores each user id once', () => {
    expect(ringToText(['U1', 'U2', 'U1', 'U1'])).to.equal('\t0100\nU1\nU2');
  });

  it('is read as an older version has stored it, with the user id of each run', () => {
    expect(ringFromText('U1\nU2\nU1')).to.deep.equal(['U1', 'U2', 'U1']);
  });

  it('fails if a run names a runner who is missing', () => {
    expect(() => ringFromText('\t01\nU1')).to.throw('a stored ring names a runner that it does not contain');
  });
});
