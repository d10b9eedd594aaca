export type Difference = { readonly field: string; readonly expected: unknown; readonly found: unknown };

/** The first field, in the order of `expected`, that differs: `fairness.ranking[2].balance`. Null: all is equal. */
export const firstDifference = (expected: unknown, found: unknown, path = ''): Difference | null => {
  if (Buffer.isBuffer(expected) || Buffer.isBuffer(found)) {
    return Buffer.isBuffer(expected) && Buffer.isBuffer(found) && expected.equals(found)
      ? null
      : { field: path, expected: shown(expected), found: shown(found) };
  }
  if (!isObject(expected) || !isObject(found))
    return Object.is(expected, found)
      ? null
      : { field: path, expected: shown(expected), found: shown(found) };
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  for (const name of names) {
    const step = Array.isArray(expected) ? `[${name}]` : path === '' ? name : `.${name}`;
    const difference = firstDifference(expected[name], found[name], path + step);
    if (difference !== null) return difference;
  }
  return null;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The form for reports: bytes as hexadecimal digits, and a missing field as null. */
const shown = (value: unknown): unknown => (Buffer.isBuffer(value) ? value.toString('hex') : (value ?? null));
