import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { fileTrouble } from '../../../src/avro/file-trouble.ts';

const thrownBy = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (thrown) {
    return thrown;
  }
};

describe('Trouble with a file', () => {
  it('is described without the path, which the surrounding message names', async () => {
    const gone = 'ENOENT: no such file or directory';
    expect(fileTrouble(thrownBy(() => readFileSync('/nope.json')))).to.equal(gone);
    expect(fileTrouble(thrownBy(() => writeFileSync("/no, 'such'/file", '')))).to.equal(gone);
    const refused = await readFile('/nope.json').catch((thrown: unknown) => thrown);
    expect(fileTrouble(refused)).to.equal(gone);
    expect(fileTrouble(thrownBy(() => readFileSync('/')))).to.match(/^EISDIR: [a-z ]+$/);
  });

  it('stays as it is if no file is named', () => {
    expect(fileTrouble(new Error('no room, at all. Try again'))).to.equal('no room, at all. Try again');
    expect(fileTrouble('odd')).to.equal('odd');
  });
});
