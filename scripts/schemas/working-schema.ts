import { readFileSync } from 'node:fs';
import { subjectOf, type RecordTopic } from '../../src/avro/schema-files.ts';
import type { RecordJson } from '../../src/avro/schema-json.ts';

/** The schema of a topic in `schemas/`, which the generated copy in `src/avro/schema-texts.ts` may lack yet. */
export const workingSchema = (topic: RecordTopic): RecordJson =>
  JSON.parse(
    readFileSync(new URL(`../../schemas/${subjectOf('', topic)}.avsc`, import.meta.url), 'utf8'),
  ) as RecordJson;
