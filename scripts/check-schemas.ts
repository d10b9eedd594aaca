/**
 * Compares schemas/*.avsc with every released version under schemas/released: each subject must be compatible with all of them,
 * both ways (`FULL_TRANSITIVE`). Needs no registry. Exits with 2 on a break. A release copies the schemas to a folder of its own.
 */
import { count } from '../src/domain/words/count.ts';
import { readdirSync, readFileSync } from 'node:fs';

import type { RecordJson } from '../src/avro/schema-json.ts';
import { breaksBetween } from './schemas/compatibility.ts';

const working = new URL('../schemas/', import.meta.url);
const released = new URL('released/', working);

const subjectsIn = (folder: URL): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.avsc'));
const read = (folder: URL, subject: string): RecordJson =>
  JSON.parse(readFileSync(new URL(subject, folder), 'utf8')) as RecordJson;

const now = subjectsIn(working);
const versions = readdirSync(released);
const breaks = versions.flatMap((version) => {
  const folder = new URL(`${version}/`, released);
  return subjectsIn(folder).flatMap((subject) => {
    const found = now.includes(subject)
      ? breaksBetween(read(folder, subject), read(working, subject))
      : ['it is no longer there'];
    return found.map((problem) => `${subject} breaks with release ${version}: ${problem}`);
  });
});

for (const line of breaks) process.stderr.write(`${line}\n`);
if (breaks.length > 0) process.exitCode = 2;
else
  process.stdout.write(
    `${count(now.length, 'schema')}, compatible with ${count(versions.length, 'released version')}.\n`,
  );
