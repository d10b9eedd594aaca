import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('The table of threats', () => {
  it('names tests that exist', () => {
    const [, table = ''] = readFileSync(join(ROOT, 'docs/security.md'), 'utf8').split('## Threats');
    const cells = table.split('\n').flatMap((line) => line.split('|').at(-2) ?? []);
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name));
    expect(named.length).to.be.above(10);
    const missing = named.filter((name) => !existsSync(join(ROOT, 'test', `${name}.test.ts`)));
    expect(missing).to.deep.equal([]);
  });
});
