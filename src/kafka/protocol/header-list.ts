import { decodeHeaders, isEncoded, type EncodedHeaders, type HeaderList } from './encoded-headers.ts';

/** The headers that the repaired kafkajs can write: its own object, whose values may be arrays, or a list, or encoded headers. */
export type WritableHeaders =
  | EncodedHeaders
  | readonly (readonly [name: string, value: Buffer | string | null])[]
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;

type HeaderValue = Buffer | string | null | undefined;

/**
 * `Symbol.for`, so that all copies of this module share the keys: a process may load two copies, and kafkajs loads parts of itself late.
 */
const LIST = Symbol.for('runclose.header-list');

const ENCODED = Symbol.for('runclose.unparsed-headers');

type Unparsed = { [ENCODED]?: EncodedHeaders | undefined; headers?: object };

/**
 * A record as kafkajs reads it, but its object of headers is made only on first access. Making the object takes longer than reading the
 * rest of the record, and this program never uses it.
 */
export const withHeaders = <R extends object>(
  record: R,
  encoded: EncodedHeaders,
): R & { headers: object } => {
  const unparsed: R & Unparsed = Object.assign(record, { [ENCODED]: encoded });
  return Object.defineProperty(unparsed, 'headers', HEADERS) as R & { headers: object };
};

const HEADERS: PropertyDescriptor & ThisType<Unparsed> = {
  enumerable: true,
  configurable: true,
  get() {
    const encoded = this[ENCODED];
    this.headers = parsedHeaders(encoded === undefined ? [] : decodeHeaders(encoded));
    return this.headers;
  },
  set(headers: object) {
    this[ENCODED] = undefined;
    define(this, 'headers', headers);
  },
};

/** The headers of a record that kafkajs has read, in their order. */
export const headersRead = (record: { readonly headers?: object | undefined }): EncodedHeaders | HeaderList =>
  (record as Unparsed)[ENCODED] ?? (headerListOf(record.headers) as HeaderList);

/** Counts the headers without making a list of them. */
export const countOfHeaders = (record: object): number => (record as Unparsed)[ENCODED]?.count ?? 0;

/** kafkajs's object of headers, with its list of headers in a hidden property. `__proto__` is a header name like any other. */
const parsedHeaders = (list: HeaderList): object => {
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of list) {
    const before = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
    const all =
      before === undefined
        ? value
        : Array.isArray(before)
          ? [...(before as unknown[]), value]
          : [before, value];
    // Assigning is five times as fast as defining, and has the same effect except for this one name.
    if (name === '__proto__') define(parsed, name, all);
    else parsed[name] = all;
  }
  Object.defineProperty(parsed, LIST, { value: list });
  return parsed;
};

/** The list of headers to write. */
export const headerListOf = (
  headers: WritableHeaders | object | undefined,
): readonly (readonly [name: string, value: HeaderValue])[] => {
  if (headers === undefined) return [];
  if (Array.isArray(headers)) return headers as HeaderList;
  if (isEncoded(headers)) return decodeHeaders(headers);
  if (LIST in headers) return headers[LIST] as HeaderList;
  return Object.entries(headers as Record<string, HeaderValue | readonly HeaderValue[]>).flatMap(
    ([name, value]) =>
      isRepeated(value) ? value.map((each) => [name, each] as const) : [[name, value] as const],
  );
};

const isRepeated = (value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] =>
  Array.isArray(value);

const define = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
};
