import { expect } from 'chai';

import { failureOf } from '../../../src/processor/failure.ts';
import { createCommandReader } from '../../../src/sdk/command-input.ts';
import { readCommandText } from '../../../src/sdk/command-text.ts';
import { aCommand } from '../../support/commands.ts';

const read = createCommandReader();
const commandIds = (text: string): string[] => readCommandText(text, read).map(({ commandId }) => commandId);
const json = (commandId: string): string => JSON.stringify(aCommand({ commandId }));

const problemOf = (text: string): string => {
  try {
    readCommandText(text, read);
  } catch (error) {
    expect(failureOf(error)).to.include({ kind: 'fatal', code: 'WRONG_USE' });
    return failureOf(error).message;
  }
  return 'none';
};

describe('A text of commands', () => {
  it('is one object, on as many lines as it likes', () => {
    expect(commandIds(json('a'))).to.deep.equal(['a']);
    expect(commandIds(`\uFEFF\n${JSON.stringify(aCommand({ commandId: 'a' }), null, 2)}\n`)).to.deep.equal([
      'a',
    ]);
  });

  it('is an array of objects', () => {
    expect(commandIds(`[${json('a')},\n${json('b')}]`)).to.deep.equal(['a', 'b']);
    expect(commandIds(`[\n${json('a')}\n]`)).to.deep.equal(['a']);
  });

  it('is one object a line, with empty lines between', () => {
    expect(commandIds(`${json('a')}\r\n\n${json('b')}\n  \n${json('c')}\n`)).to.deep.equal(['a', 'b', 'c']);
  });

  it('holds a command at least', () => {
    for (const text of ['', ' \n', '[]']) expect(problemOf(text)).to.equal('the text contains no command');
  });

  it('is refused if it is not JSON, with the line', () => {
    expect(problemOf('{"runId": }')).to.match(/^the text is not JSON: /);
    expect(problemOf('{\n"runId":\n}')).to.match(/^the text is not JSON: /);
    expect(problemOf(`${json('a')}\n\n{"runId"\n`)).to.match(/^line 3 is not JSON: /);
  });

  it('is never quoted if it is not JSON: it may hold names, and characters that a terminal obeys', () => {
    for (const text of [
      '\u001b[31mDana',
      '{"name":"Dana',
      '{"Dana" 1}',
      'Dana',
      '[1,\n"Dana\u001b[31m"]',
      '{"a":1}Dana',
    ])
      expect(problemOf(text), JSON.stringify(text))
        .to.match(/^the text is not JSON: [a-z]/)
        .and.to.not.include('Dana')
        .and.to.not.include('\n');
    expect(problemOf('{"a":1,}')).to.match(/^the text is not JSON: expected .* at column 8$/);
    expect(problemOf('{\n"a":1,\n}')).to.match(/ at line 3, column 1$/);
  });

  it('is refused if a command is refused, with its place', () => {
    expect(problemOf('{"runID": "r"}')).to.match(
      /^runID is not a field; did you mean runId\?; runId is missing/,
    );
    expect(problemOf(`[${json('a')}, 7]`)).to.equal('command 2: a command is not an object');
    expect(problemOf(`${json('a')}\n[]`)).to.equal('line 2: a command is not an object');
    expect(problemOf('7')).to.equal('a command is not an object');
  });
});
