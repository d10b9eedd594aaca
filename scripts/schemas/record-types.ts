import { POLICY_NAMES, REPEAT_RULES } from '../../src/domain/channel-policy.ts';
import { EXCLUSIONS } from '../../src/domain/decide.ts';
import { REASONS } from '../../src/domain/reason.ts';
import { REJECTION_REASONS } from '../../src/domain/rejection.ts';
import type { FieldJson, RecordJson, SchemaJson } from '../../src/avro/schema-json.ts';
import { recordsIn } from './records-in.ts';

/** TypeScript types of every record in the schemas; nested records come first. */
export const recordTypes = (schemas: readonly RecordJson[]): string => typesOf(schemas, AS_READ);

/** The same types for writers of such records: names end in `Input`, and fields with a default are optional. */
export const inputTypes = (schemas: readonly RecordJson[]): string => typesOf(schemas, AS_WRITTEN);

type Style = {
  readonly typeName: (record: string) => string;
  readonly fieldName: (field: FieldJson) => string;
  readonly arrayOf: (item: string) => string;
  readonly time: string;
  readonly imports: readonly string[];
};

const AS_READ: Style = {
  typeName: (record) => record,
  fieldName: ({ name }) => name,
  arrayOf: (item) => `${item}[]`,
  time: 'number',
  imports: [],
};

const AS_WRITTEN: Style = {
  typeName: (record) => `${record}Input`,
  fieldName: ({ name, default: value }) => `readonly ${name}${value === undefined ? '' : '?'}`,
  arrayOf: (item) => `readonly ${item}[]`,
  time: 'TimeInput',
  imports: [`import type { TimeInput } from './time-text.ts';`],
};

const typesOf = (schemas: readonly RecordJson[], style: Style): string => {
  const declarations = new Map<string, string>();
  for (const record of schemas.flatMap(recordsIn)) {
    const declared = declaration(record, style);
    if ((declarations.get(record.name) ?? declared) !== declared) {
      throw new Error(`The schemas hold different records named ${record.name}.`);
    }
    declarations.set(record.name, declared);
  }
  return [HEADER, ...style.imports, ...declarations.values()].join('\n\n');
};

export const HEADER =
  '// Generated from schemas/*.avsc by `npm run generate`. Do not edit: CI fails when this file and the schemas differ.';

const declaration = ({ name, doc, fields }: RecordJson, style: Style): string => {
  const members = fields.map((field) => {
    const type = openSet(`${name}.${field.name}`, field) ?? typeOf(field.type, style);
    return `${comment(field.doc)}\n${style.fieldName(field)}: ${type};`;
  });
  return `${comment(doc)}\nexport type ${style.typeName(name)} = {\n${members.join('\n')}\n};`;
};

/** Texts of which readers know all values of today. Later versions may add values, so the types accept every text. */
const OPEN_SETS: Readonly<Record<string, readonly string[]>> = {
  'RankingEntry.exclusion': EXCLUSIONS,
  'Fairness.policy': POLICY_NAMES,
  'Fairness.repeat': REPEAT_RULES,
  'Fairness.reason': REASONS,
  'RunCloseRejected.reason': REJECTION_REASONS,
};

/** With `string` itself in the union, editors would no longer suggest the known values. */
const openSet = (name: string, { doc }: FieldJson): string | undefined => {
  const values = OPEN_SETS[name];
  const undocumented = values?.find((value) => !doc.includes(`\`${value}\``));
  if (undocumented !== undefined)
    throw new Error(
      `The doc of ${name} in schemas/ does not name \`${undocumented}\`. Add the name to that doc, then run \`npm run generate\` again.`,
    );
  return values && [...values.map((value) => `'${value}'`), '(string & Record<never, never>)'].join(' | ');
};

const typeOf = (schema: SchemaJson, style: Style): string => {
  if (typeof schema === 'string') return primitiveType(schema);
  if (!('type' in schema)) return unionType(schema, style);
  switch (schema.type) {
    case 'record':
      return style.typeName(schema.name);
    case 'array':
      return style.arrayOf(typeOf(schema.items, style));
    case 'long':
      return style.time;
  }
};

const primitiveType = (name: string): string => {
  const known = { string: 'string', boolean: 'boolean', int: 'number', long: 'number', null: 'null' }[name];
  if (known === undefined) throw new Error(`No TypeScript type is known for Avro's ${name}.`);
  return known;
};

/** Puts null last, as people write it. */
const unionType = (branches: readonly SchemaJson[], style: Style): string =>
  [...branches]
    .sort((a, b) => Number(a === 'null') - Number(b === 'null'))
    .map((branch) => typeOf(branch, style))
    .join(' | ');

/** The width of a comment's text, without its indentation and marks. */
const LINE_WIDTH = 104;

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
