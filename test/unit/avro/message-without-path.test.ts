import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { messageWithoutPath } from '../../../src/avro/message-without-path.ts';

const thrownBy = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (thrown) {
    return thrown;
  }
};

describe('Trouble with a file', () => {
  it('is described in plain words and without the path, which the surrounding message names', async () => {
    const gone = 'there is no such file or folder';
    expect(messageWithoutPath(thrownBy(() => readFileSync('/nope.json')))).to.equal(gone);
    expect(messageWithoutPath(thrownBy(() => writeFileSync("/no, 'such'/file", '')))).to.equal(gone);
    const refused = await readFile('/nope.json').catch((thrown: unknown) => thrown);
    expect(messageWithoutPath(refused)).to.equal(gone);
    expect(messageWithoutPath(thrownBy(() => readFileSync('/')))).to.equal('it is a folder');
  });

  it('stays as it is if no file is named', () => {
    expect(messageWithoutPath(new Error('no room, at all. Try again'))).to.equal(
      'no room, at all. Try again',
    );
    expect(messageWithoutPath('odd')).to.equal('odd');
  });
});
