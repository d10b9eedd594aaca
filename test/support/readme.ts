import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const readme = (): string => readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

export const docsPage = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');

/** The code of the blocks in a language, in order: those of the README, or of a page in docs. */
export const codeBlocks = (language: 'sh' | 'ts' | 'json', text = readme()): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code);
