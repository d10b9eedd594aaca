import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: one name for one thing, wherever it is used.',
};
const NO_DEFAULT_CASE = {
  selector: 'SwitchCase[test=null]',
  message: 'List every case, so that a new one fails to compile here.',
};
const NO_BOOLEAN_PARAMETER = {
  selector: ':function > Identifier.params > TSTypeAnnotation > TSBooleanKeyword',
  message: 'A bare true or false says nothing where it is passed: take a named option or make two functions.',
};

/** What the domain may not touch: everything that is not in its arguments. */
const IMPURE_GLOBALS = [
  'Date',
  'Intl',
  'console',
  'process',
  'performance',
  'crypto',
  'fetch',
  'globalThis',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.stack/', '**/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './test/tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, NO_DEFAULT_CASE, NO_BOOLEAN_PARAMETER],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Objects here are made by factories, so their methods need no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // An async function turns what it throws into a rejection, which is reason enough to be one.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/domain/**'],
    rules: {
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'A decision is the same every time.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^[^.]', message: 'The domain imports nothing but itself, not even node:.' }] },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: {
      'max-lines': 'off',
      // chai's assertions are properties: expect(x).to.be.empty
      '@typescript-eslint/no-unused-expressions': 'off',
      // What is not there fails the test just as well.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // The test runner and these tools ask for a default export.
    files: ['scripts/test/closing-line-reporter.ts', '*.mjs', '.*.mjs'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Casts in JavaScript are comments, which these rules do not read; the compiler does.
    files: ['scripts/*.mjs', 'test/support/*.mjs'],
    rules: Object.fromEntries(
      ['assignment', 'call', 'member-access', 'return'].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        'off',
      ]),
    ),
  },
  { files: ['*.mjs', '.*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
