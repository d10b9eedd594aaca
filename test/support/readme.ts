import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const readme = (): string => readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The code of the README's blocks in a language, in order. */
export const codeBlocks = (language: 'sh' | 'ts' | 'json'): string[] =>
  [...readme().matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code);
