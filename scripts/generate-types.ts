/**
 * Writes src/domain/records.ts from schemas/*.avsc. With `--check` it writes nothing, and exits with 2 where the file is not
 * what the schemas say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { loadSchemas, RECORD_TOPICS } from '../src/avro/schema-files.ts';
import { recordTypes } from './schemas/record-types.ts';
import type { RecordJson } from './schemas/schema-json.ts';

const target = fileURLToPath(new URL('../src/domain/records.ts', import.meta.url));
const schemas = loadSchemas();
const source = recordTypes(RECORD_TOPICS.map((topic) => JSON.parse(schemas[topic].json) as RecordJson));
const generated = await format(source, { ...(await resolveConfig(target)), filepath: target });

if (!process.argv.includes('--check')) {
  writeFileSync(target, generated);
} else if (readFileSync(target, 'utf8') !== generated) {
  process.stderr.write('src/domain/records.ts is not what schemas/*.avsc say: run `npm run generate`.\n');
  process.exitCode = 2;
}
