/**
 * Writes the types of our records from schemas/*.avsc: src/domain/records.ts as they are read, src/sdk/record-inputs.ts as
 * publishers may write commands. With `--check` it writes nothing, and exits with 2 where a file is not what the schemas say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { loadSchemas, RECORD_TOPICS } from '../src/avro/schema-files.ts';
import { inputTypes, recordTypes } from './schemas/record-types.ts';

const schemas = loadSchemas();

const sources = {
  'src/domain/records.ts': recordTypes(RECORD_TOPICS.map((topic) => schemas[topic].schema)),
  'src/sdk/record-inputs.ts': inputTypes([schemas['run.close.requested'].schema]),
};

for (const [file, source] of Object.entries(sources)) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const generated = await format(source, { ...(await resolveConfig(path)), filepath: path });
  if (!process.argv.includes('--check')) {
    writeFileSync(path, generated);
  } else if (readFileSync(path, 'utf8') !== generated) {
    process.stderr.write(`${file} is not what schemas/*.avsc say: run \`npm run generate\`.\n`);
    process.exitCode = 2;
  }
}
