import { expect } from 'chai';
import { ESLint } from 'eslint';
import { root } from '../../scripts/stack/folders.ts';

/** What nobody may write, where, and the rule that says so. */
const FORBIDDEN: readonly (readonly [what: string, file: string, code: string, rule: string])[] = [
  [
    'the clock in the domain',
    'src/domain/ledger.ts',
    'export const now = Date.now();',
    'no-restricted-globals',
  ],
  [
    'chance in the domain',
    'src/domain/ledger.ts',
    'export const lot = Math.random();',
    'no-restricted-properties',
  ],
  [
    'the process in the domain',
    'src/domain/ledger.ts',
    'export const env = process.env;',
    'no-restricted-globals',
  ],
  ['a package in the domain', 'src/domain/ledger.ts', "export { z } from 'zod';", 'no-restricted-imports'],
  [
    'a built-in module in the domain',
    'src/domain/ledger.ts',
    "export { join } from 'node:path';",
    'no-restricted-imports',
  ],
  ['the console in an edge', 'src/postgres/pool.ts', "console.log('pool');", 'no-console'],
  ['a default export', 'src/postgres/pool.ts', 'export default 1;', 'no-restricted-syntax'],
  [
    'a boolean parameter',
    'src/postgres/pool.ts',
    'export const close = (force: boolean): number => (force ? 1 : 2);',
    'no-restricted-syntax',
  ],
  [
    'a promise that nobody waits for',
    'src/postgres/pool.ts',
    'export const close = (): void => { Promise.resolve(1); };',
    '@typescript-eslint/no-floating-promises',
  ],
  [
    'a case that a switch forgets',
    'src/postgres/pool.ts',
    "export const size = (of: 'a' | 'b'): number => { switch (of) { case 'a': return 1; } return 2; };",
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
];

describe('The lint rules', function () {
  // The first file waits until the compiler has read the project.
  this.timeout(60_000);
  const eslint = new ESLint({
    cwd: root,
    // In CI the parser would take each file from the disk once and for all, whatever text it is given.
    overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
  });

  for (const [what, filePath, code, rule] of FORBIDDEN) {
    it(`refuse ${what}`, async () => {
      const [result] = await eslint.lintText(code, { filePath });
      expect(result?.messages.map(({ ruleId }) => ruleId)).to.include(rule);
    });
  }
});
