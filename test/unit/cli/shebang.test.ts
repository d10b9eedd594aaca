import { readFile } from 'node:fs/promises';
import { expect } from 'chai';

describe('The command line starts', () => {
  it('by any env: that of BusyBox, and so of Alpine, has no -S and takes no options for Node', async () => {
    const [first] = (await readFile('src/cli/main.ts', 'utf8')).split('\n');
    expect(first).to.equal('#!/usr/bin/env node');
  });
});
