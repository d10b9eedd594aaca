/**
 * Writes the generated files. From schemas/*.avsc come the types of the records (src/domain/records.ts for reading,
 * src/sdk/record-inputs.ts for publishers) and src/avro/schema-texts.ts, the schemas themselves, because a bundle would lack schema files.
 * From src/config come docs/configuration.md and the chart's settings. From the table of metrics come docs/metrics.md and the Grafana
 * dashboard; the alerts have a table of their own. From the schemas and the facts about topics and headers come schemas/asyncapi.yaml and
 * docs/topics.md. From the imports come the pictures in CONTRIBUTING.md. With `--check` it writes nothing, and exits with 2 if a file is not
 * up to date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { RECORD_TOPICS } from '../src/avro/schema-files.ts';
import { asyncapi } from './generate/asyncapi.ts';
import { chartAlerts } from './generate/chart-alerts.ts';
import { chartCode } from './generate/chart-code.ts';
import { chartReadme } from './generate/chart-readme.ts';
import { chartSchema } from './generate/chart-schema.ts';
import { chartValues } from './generate/chart-values.ts';
import { configurationPage } from './generate/configuration-page.ts';
import { dashboard } from './generate/dashboard.ts';
import { metricsPage } from './generate/metrics-page.ts';
import { withRoomsPictures } from './generate/rooms-picture.ts';
import { topicsPage } from './generate/topics-page.ts';
import { HEADER, inputTypes, recordTypes } from './schemas/record-types.ts';
import { workingSchema } from './schemas/working-schema.ts';

/** The schemas without white space, as they are registered. */
const schemaTexts = (): string => {
  const texts = RECORD_TOPICS.map(
    (topic) => `'${topic}': ${JSON.stringify(JSON.stringify(workingSchema(topic)))},`,
  );
  return `${HEADER}\n\nexport const SCHEMA_TEXTS = {\n${texts.join('\n')}\n} as const;\n`;
};

const values = chartValues(readFileSync(new URL('../helm/runclose/values.yaml', import.meta.url), 'utf8'));

const sources = {
  'src/domain/records.ts': recordTypes(RECORD_TOPICS.map(workingSchema)),
  'src/sdk/record-inputs.ts': inputTypes([workingSchema('run.close.requested')]),
  'src/avro/schema-texts.ts': schemaTexts(),
  'CONTRIBUTING.md': withRoomsPictures(readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8')),
  'docs/configuration.md': configurationPage(),
  'docs/metrics.md': metricsPage(),
  'docs/topics.md': topicsPage(),
  'schemas/asyncapi.yaml': asyncapi(),
  'helm/runclose/files/alerts.json': chartAlerts(),
  'helm/runclose/files/dashboard.json': dashboard(),
  'helm/runclose/files/code.json': chartCode(),
  'helm/runclose/values.yaml': values,
  'helm/runclose/values.schema.json': chartSchema(values),
  'helm/runclose/README.md': chartReadme(values),
};

for (const [file, source] of Object.entries(sources)) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const generated = await format(source, { ...(await resolveConfig(path)), filepath: path });
  if (!process.argv.includes('--check')) {
    writeFileSync(path, generated);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== generated) {
    process.stderr.write(`${file} is not up to date: run \`npm run generate\`.\n`);
    process.exitCode = 2;
  }
}
