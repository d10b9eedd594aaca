import { parseType } from '../../src/avro/avro-type.ts';
import type { FieldJson, RecordJson, SchemaJson } from '../../src/avro/schema-json.ts';
import { recordsIn } from './records-in.ts';

/**
 * The breaks of compatibility between two versions of one subject's schema, in both directions (`FULL`); empty: none. It uses Avro's own
 * rules and two more: a changed default and a changed unit of time alter the meaning of records that are already written.
 */
export const breaksBetween = (released: RecordJson, working: RecordJson): readonly string[] => [
  ...resolutionBreak('what the released version wrote cannot be read now', working, released),
  ...resolutionBreak('what is written now cannot be read by the released version', released, working),
  ...meaningBreaks(released, working),
];

const resolutionBreak = (problem: string, reader: RecordJson, writer: RecordJson): readonly string[] => {
  try {
    parseType(JSON.stringify(reader)).createResolver(parseType(JSON.stringify(writer)));
    return [];
  } catch (error) {
    return [`${problem}: ${error instanceof Error ? error.message : String(error)}`];
  }
};

const meaningBreaks = (released: RecordJson, working: RecordJson): readonly string[] => {
  const now = fieldsByPath(working);
  return [...fieldsByPath(released)].flatMap(([path, before]) => {
    const after = now.get(path);
    if (after === undefined) return [];
    return [
      ...(JSON.stringify(before.default) === JSON.stringify(after.default)
        ? []
        : [`${path}: its default has changed`]),
      ...(logicalTypes(before.type) === logicalTypes(after.type)
        ? []
        : [`${path}: its logical type has changed`]),
    ];
  });
};

const fieldsByPath = (schema: RecordJson): ReadonlyMap<string, FieldJson> =>
  new Map(
    recordsIn(schema).flatMap(({ name, fields }) =>
      fields.map((field) => [`${name}.${field.name}`, field] as const),
    ),
  );

/** The logical types of the field itself; the fields of nested records have their own paths. */
const logicalTypes = (type: SchemaJson): string => {
  if (typeof type === 'string') return '';
  if (!('type' in type)) return type.map(logicalTypes).join();
  return 'logicalType' in type ? type.logicalType : '';
};
