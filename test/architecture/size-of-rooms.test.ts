import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '../../scripts/stack/folders.ts';

/** How many lines a folder may have. The command line only parses and prints: everything else belongs to the use cases. */
const MAX_LINES = { 'src/cli': 5_000 };

describe('A folder of src', () => {
  for (const [folder, most] of Object.entries(MAX_LINES))
    it(`stays below ${String(most)} lines: ${folder}`, () => {
      const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
      const lines = files
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFileSync(join(root, folder, file), 'utf8').split('\n').length - 1);
      expect(lines.reduce((sum, each) => sum + each, 0)).to.be.within(1, most - 1);
    });
});
