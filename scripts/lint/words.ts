/** Plain words: `node --import tsx scripts/lint/words.ts` names each private word in what people read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/folders.ts';
import { privateWordsIn } from './private-words.ts';

const FOLDERS = [
  'docs',
  'schemas',
  'src/avro',
  'src/cli',
  'src/config',
  'src/credentials',
  'src/domain',
  'src/kafka',
  'src/observability',
  'src/operations',
  'src/postgres',
  'src/processor',
  'src/replay',
  'src/resilience',
  'src/scratch',
  'src/sdk',
  'src/wire',
];

/** Released schemas and migrations never change. */
const UNCHANGING = [join('schemas', 'released'), join('src', 'postgres', 'migrations')];

const pages = readdirSync(root).filter((name) => name.endsWith('.md'));
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
)
  .filter((path) => /\.(md|ts|avsc|sql)$/.test(path) && !UNCHANGING.some((folder) => path.startsWith(folder)))
  .concat(pages);
const findings = files.flatMap((path) =>
  privateWordsIn(readFileSync(join(root, path), 'utf8')).map(
    ({ line, found, instead }) => `${path}:${String(line)}: "${found}": say ${instead}`,
  ),
);
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`${String(files.length)} files read, ${String(findings.length)} private words\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
