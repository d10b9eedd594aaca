/**
 * Writes the types of our records from schemas/*.avsc: src/domain/records.ts as they are read, src/sdk/record-inputs.ts as
 * publishers may write commands; and src/avro/schema-texts.ts, the schemas themselves: read from files, a bundle would lack them. With `--check` it writes nothing, and exits with 2 where a file is not what the schemas say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { RECORD_TOPICS, subjectOf, type RecordTopic } from '../src/avro/schema-files.ts';
import type { RecordJson } from '../src/avro/schema-json.ts';
import { HEADER, inputTypes, recordTypes } from './schemas/record-types.ts';

const schemaOf = (topic: RecordTopic): RecordJson =>
  JSON.parse(
    readFileSync(new URL(`../schemas/${subjectOf('', topic)}.avsc`, import.meta.url), 'utf8'),
  ) as RecordJson;

/** Without white space, as they are registered. */
const schemaTexts = (): string => {
  const texts = RECORD_TOPICS.map(
    (topic) => `'${topic}': ${JSON.stringify(JSON.stringify(schemaOf(topic)))},`,
  );
  return `${HEADER}\n\nexport const SCHEMA_TEXTS = {\n${texts.join('\n')}\n} as const;\n`;
};

const sources = {
  'src/domain/records.ts': recordTypes(RECORD_TOPICS.map(schemaOf)),
  'src/sdk/record-inputs.ts': inputTypes([schemaOf('run.close.requested')]),
  'src/avro/schema-texts.ts': schemaTexts(),
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
