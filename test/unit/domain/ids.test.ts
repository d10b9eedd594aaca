import { expect } from 'chai';
import { echoed, hasCharacterUnfitForIds } from '../../../src/domain/ids.ts';

describe('an id', () => {
  for (const [what, id] of [
    ['a line feed', 'U\n1'],
    ['a NUL', 'U\0'],
    ['the last of the first control characters', '\u001f'],
    ['a delete', '\u007f'],
    ['a C1 control character', 'U\u009f'],
    ['what stands for bytes that were not UTF-8', 'U\ufffd'],
    ['a leading half pair', '\ud83d'],
    ['a trailing half pair', 'U\ude42'],
    ['two halves the wrong way round', '\ude42\ud83d'],
  ] as const) {
    it(`is unfit with ${what}`, () => {
      expect(hasCharacterUnfitForIds(id)).to.equal(true);
    });
  }

  for (const id of ['C024BE7LR', ' ', '~', '\u00a0', 'Ü🙂', '\u2028', 'a:b/c#d']) {
    it(`may be ${JSON.stringify(id)}`, () => {
      expect(hasCharacterUnfitForIds(id)).to.equal(false);
    });
  }
});

describe('the echo of an id', () => {
  it('is the id itself if it is fit', () => {
    expect(echoed('C024BE7LR-Ü🙂')).to.equal('C024BE7LR-Ü🙂');
  });

  it('has a question mark for each control character, U+FFFD and half pair', () => {
    expect(echoed('a\0b\u009f\ufffd\ud83dc\ude42🙂')).to.equal('a?b???c?🙂');
  });

  it('is cut to 128 units', () => {
    expect(echoed('x'.repeat(128))).to.equal('x'.repeat(128));
    expect(echoed('x'.repeat(129))).to.equal('x'.repeat(128));
  });

  it('is never cut through a pair', () => {
    expect(echoed(`${'x'.repeat(126)}🙂🙂`)).to.equal(`${'x'.repeat(126)}🙂`);
    expect(echoed(`${'x'.repeat(127)}🙂`)).to.equal('x'.repeat(127));
  });

  it('stays empty', () => {
    expect(echoed('')).to.equal('');
  });
});
