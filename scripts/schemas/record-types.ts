import { recordsIn } from './schema-json.ts';
import type { FieldJson, RecordJson, SchemaJson } from './schema-json.ts';

/** TypeScript types of every record in the schemas, a nested one before those that hold it. */
export const recordTypes = (schemas: readonly RecordJson[]): string => {
  const records = new Map<string, RecordJson>();
  for (const record of schemas.flatMap(recordsIn)) {
    const earlier = records.get(record.name);
    if (earlier === undefined) records.set(record.name, record);
    else if (declaration(earlier) !== declaration(record)) {
      throw new Error(`The schemas hold different records named ${record.name}.`);
    }
  }
  return [HEADER, ...[...records.values()].map(declaration)].join('\n\n');
};

const HEADER =
  '// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.';

/** Of a comment's text; its indentation and marks come on top. */
const LINE_WIDTH = 104;

const declaration = ({ name, doc, fields }: RecordJson): string =>
  `${comment(doc)}\nexport type ${name} = {\n${fields.map(member).join('\n')}\n};`;

const member = ({ name, doc, type }: FieldJson): string => `${comment(doc)}\n${name}: ${typeName(type)};`;

const typeName = (schema: SchemaJson): string => {
  if (typeof schema === 'string') return primitiveName(schema);
  if (!('type' in schema)) return unionName(schema);
  switch (schema.type) {
    case 'record':
      return schema.name;
    case 'array':
      return `${typeName(schema.items)}[]`;
    case 'long':
      return 'number';
  }
};

const primitiveName = (name: string): string => {
  const known = { string: 'string', boolean: 'boolean', int: 'number', long: 'number', null: 'null' }[name];
  if (known === undefined) throw new Error(`No TypeScript type is known for Avro's ${name}.`);
  return known;
};

/** Null last, as people write it. */
const unionName = (branches: readonly SchemaJson[]): string =>
  [...branches]
    .sort((a, b) => Number(a === 'null') - Number(b === 'null'))
    .map(typeName)
    .join(' | ');

const comment = (doc: string): string => {
  const lines = [''];
  for (const word of doc.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length < LINE_WIDTH)
      lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines.length === 1 ? `/** ${doc} */` : `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */`;
};
