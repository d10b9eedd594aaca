import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';
import { POLICY_NAMES } from '../../../../src/domain/channel-policy.ts';

describe('the explanation for somebody who is alone in line', () => {
  const ana = entry('Ana', { served: 3, balance: runs(1), lastServedSequence: 12 });
  const unable = entry('Cleo', { exclusion: 'CANNOT_RUN' });

  for (const policy of POLICY_NAMES) {
    it(`says that nobody else ordered (${policy})`, () => {
      expect(explained({ policy, reason: 'SOLE_ELIGIBLE' }, ana)).to.equal('Ana goes: nobody else ordered.');
      expect(explained({ policy, reason: 'SOLE_ELIGIBLE', sequence: 13 }, ana)).to.equal(
        'Ana goes again: nobody else ordered.',
      );
    });

    it(`says that nobody else can (${policy})`, () => {
      expect(explained({ policy, reason: 'SOLE_ELIGIBLE' }, ana, unable)).to.equal(
        'Ana goes: nobody else who ordered can.',
      );
      expect(explained({ policy, reason: 'SOLE_ELIGIBLE', sequence: 13 }, ana, unable)).to.equal(
        'Ana goes again: nobody else who ordered can.',
      );
    });

    it(`says that the only other one went last time (${policy})`, () => {
      for (const reason of ['LOWEST', 'PREVIOUS_EXCLUDED'] as const) {
        expect(explained({ policy, reason }, ana, held('Ben'))).to.equal('Ana goes: Ben went last time.');
        expect(explained({ policy, reason }, ana, held('Ben'), unable)).to.equal(
          'Ana goes: Ben went last time, and nobody else who ordered can.',
        );
      }
    });
  }
});
