/** Plain words: `node --import tsx scripts/lint/words.ts` names each private word in what people read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/folders.ts';
import { privateWordsIn } from './private-words.ts';

const FOLDERS = ['docs', 'helm', 'schemas', 'scripts', 'src'];

/** Released schemas and migrations never change. The list of private words holds all of them. */
const LEFT_OUT = [
  join('schemas', 'released'),
  join('src', 'postgres', 'migrations'),
  join('scripts', 'lint', 'private-words.ts'),
];

const pages = readdirSync(root).filter((name) => name.endsWith('.md'));
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
)
  .filter(
    (path) =>
      /\.(md|ts|mjs|avsc|sql|yaml|tpl|txt)$/.test(path) && !LEFT_OUT.some((start) => path.startsWith(start)),
  )
  .concat(pages);
const findings = files.flatMap((path) =>
  privateWordsIn(readFileSync(join(root, path), 'utf8')).map(
    ({ line, found, instead }) => `${path}:${String(line)}: "${found}": say ${instead}`,
  ),
);
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`${String(files.length)} files read, ${String(findings.length)} private words\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
