/** The shapes of the registry's answers. Undefined: the answer has another shape. */
import type { RegisteredSchema, RegisteredVersion, SchemaReference } from './registered-schema.ts';

export type ReadAnswer<T> = (body: unknown) => T | undefined;

export const asRegisteredSchema: ReadAnswer<RegisteredSchema> = (body) => {
  const { schema, schemaType, references } = fieldsOf(body);
  if (typeof schema !== 'string') return undefined;
  if (schemaType !== undefined && typeof schemaType !== 'string') return undefined;
  if (references !== undefined && !isListOf(references, isReference)) return undefined;
  return { schema, schemaType, references };
};

export const asRegisteredVersion: ReadAnswer<RegisteredVersion> = (body) => {
  const registered = asRegisteredSchema(body);
  const answer = asId(body);
  return registered && answer && { ...registered, ...answer };
};

export const asId: ReadAnswer<{ readonly id: number }> = (body) => {
  const { id } = fieldsOf(body);
  return typeof id === 'number' ? { id } : undefined;
};

export const asVersions: ReadAnswer<readonly number[]> = (body) =>
  isListOf(body, (version) => typeof version === 'number') ? body : undefined;

export const asLevel: ReadAnswer<{ readonly compatibilityLevel: string }> = (body) => {
  const { compatibilityLevel } = fieldsOf(body);
  return typeof compatibilityLevel === 'string' ? { compatibilityLevel } : undefined;
};

/** The code and message of an error that the registry reports. Code 0: the answer has no code. */
export const errorIn = (body: unknown): { readonly code: number; readonly message: string } => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { code: 0, message: 'not an object' };
  const { error_code: code, message } = fieldsOf(body);
  return {
    code: typeof code === 'number' ? code : 0,
    message: typeof message === 'string' ? message : 'without a message',
  };
};

const isReference = (value: unknown): value is SchemaReference => {
  const { name, subject, version } = fieldsOf(value);
  return typeof name === 'string' && typeof subject === 'string' && typeof version === 'number';
};

const isListOf = <T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] =>
  Array.isArray(value) && value.every(isItem);

/** Returns no fields if the value is not an object. */
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
