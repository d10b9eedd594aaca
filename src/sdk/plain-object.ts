export type PlainObject = Readonly<Record<string, unknown>>;

/** True for an object that is not a list. */
export const isPlainObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
