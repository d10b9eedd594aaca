/**
 * Reads plain values, as people and programs write them, as a record of a schema. Fields with a default may be left out. A time is a
 * `Date`, RFC 3339, or a number of milliseconds since 1970. Checks types only: the domain checks whether the values are valid.
 */
import type { FieldJson, RecordJson, SchemaJson } from '../avro/schema-json.ts';
import { nearestName } from '../domain/words/nearest-name.ts';
import { isPlainObject, type PlainObject } from './plain-object.ts';
import { faultOfTime, parseTime } from './time-text.ts';

/** Called with each fault and its path, such as `orders[2].text`; the path of the whole record is empty. The result replaces the value. */
export type ReportFault = (path: string, problem: string) => null;

/** If no fault was reported, the result is complete and has the schema's types. */
export const readRecordInput = (
  schema: RecordJson,
  value: unknown,
  path: string,
  report: ReportFault,
): unknown => {
  if (!isPlainObject(value)) return report(path, 'is not an object');
  const names = schema.fields.map(({ name }) => name);
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names);
    report(below(path, name), `is not a field${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
  }
  return Object.fromEntries(
    schema.fields.map((field) => [field.name, readField(field, value, below(path, field.name), report)]),
  );
};

const readField = (field: FieldJson, record: PlainObject, path: string, report: ReportFault): unknown => {
  const value = Object.hasOwn(record, field.name) ? record[field.name] : undefined;
  if (value !== undefined) return readValue(field.type, value, path, report);
  if (field.default !== undefined) return field.default;
  return report(path, 'is missing');
};

const readValue = (type: SchemaJson, value: unknown, path: string, report: ReportFault): unknown => {
  if (typeof type === 'string') return readPrimitive(type, value, path, report);
  if (!('type' in type)) return readNullable(type, value, path, report);
  switch (type.type) {
    case 'record':
      return readRecordInput(type, value, path, report);
    case 'array':
      if (!Array.isArray(value)) return report(path, 'is not a list');
      return value.map((item, i) => readValue(type.items, item, `${path}[${i}]`, report));
    case 'long':
      return parseTime(value) ?? report(path, notATime(value));
  }
};

const notATime = (value: unknown): string => {
  const fault = typeof value === 'string' ? faultOfTime(value) : undefined;
  return `is not a time: ${fault ?? 'RFC 3339, or milliseconds since 1970'}`;
};

const readNullable = (
  branches: readonly SchemaJson[],
  value: unknown,
  path: string,
  report: ReportFault,
): unknown => {
  if (value === null) return null;
  const type = branches.find((branch) => branch !== 'null');
  return type === undefined ? report(path, 'is not null') : readValue(type, value, path, report);
};

const readPrimitive = (type: string, value: unknown, path: string, report: ReportFault): unknown => {
  const { accepts, name } = PRIMITIVES[type] ?? { accepts: () => false, name: type };
  return accepts(value) ? value : report(path, `is not ${name}`);
};

const PRIMITIVES: Readonly<Record<string, { accepts: (value: unknown) => boolean; name: string }>> = {
  string: { accepts: (value) => typeof value === 'string', name: 'a text' },
  boolean: { accepts: (value) => typeof value === 'boolean', name: 'true or false' },
  int: { accepts: (value) => typeof value === 'number' && (value | 0) === value, name: 'a whole number' },
  long: { accepts: Number.isSafeInteger, name: 'a whole number' },
};

const below = (path: string, name: string): string => {
  if (!PLAIN_NAME.test(name)) return `${path}[${JSON.stringify(name.slice(0, MAX_NAME_UNITS))}]`;
  return path === '' ? name : `${path}.${name}`;
};

/** Other names are quoted and cut: a name comes from the caller's file, and may contain anything and be of any length. */
const PLAIN_NAME = /^[\w$-]{1,60}$/;
const MAX_NAME_UNITS = 60;
