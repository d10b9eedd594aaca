import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { shellWord } from '../../../../src/domain/words/shell-word.ts';

describe('A word for a shell', () => {
  it('is the id as it is, if a shell accepts it', () => {
    expect(shellWord('U024BE7LH')).to.equal('U024BE7LH');
    expect(shellWord('ada@example.org')).to.equal('ada@example.org');
  });

  it('comes out of the shell as the id that went in', () => {
    for (const id of [`o'Brien "Q"`, '$1; drop--', 'pörcent%_\\x', '日本 語', '-n', '~', '$(id)'])
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(id)}`]).toString()).to.equal(id);
  });
});
