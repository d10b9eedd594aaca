import { decodeHeaders, isEncoded, type EncodedHeaders, type HeaderList } from './encoded-headers.ts';

/** What kafkajs takes for headers: an object, whose values may be arrays. Or what it can now write, too. */
export type WritableHeaders =
  | EncodedHeaders
  | readonly (readonly [name: string, value: Buffer | string | null])[]
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;

type HeaderValue = Buffer | string | null | undefined;

/** The same for every copy of this module: one process may hold two, and kafkajs loads parts of itself late. */
const LIST = Symbol.for('runclose.header-list');

const ENCODED = Symbol.for('runclose.unparsed-headers');

type Unparsed = { [ENCODED]?: EncodedHeaders | undefined; headers?: object };

/**
 * A record as kafkajs reads it, whose object of headers is made once somebody looks at it: that takes longer than to read all the
 * rest, and this code never looks at it.
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

/** The headers of a record that was read, in their order. */
export const headersRead = (record: { readonly headers?: object | undefined }): EncodedHeaders | HeaderList =>
  (record as Unparsed)[ENCODED] ?? (headerListOf(record.headers) as HeaderList);

/** Counts the headers without making a list of them. */
export const countOfHeaders = (record: object): number => (record as Unparsed)[ENCODED]?.count ?? 0;

/** kafkajs's object of headers, with the list it was made from beside it. `__proto__` is a header's name like any other. */
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
    // To assign is five times as fast as to define, and the same but for this one name.
    if (name === '__proto__') define(parsed, name, all);
    else parsed[name] = all;
  }
  Object.defineProperty(parsed, LIST, { value: list });
  return parsed;
};

/** The list behind headers that shall be written. */
export const headerListOf = (
  headers: WritableHeaders | object | undefined,
): readonly (readonly [name: string, value: HeaderValue])[] => {
  if (headers === undefined) return [];
  if (Array.isArray(headers)) return headers as HeaderList;
  if (isEncoded(headers)) return decodeHeaders(headers);
  if (LIST in headers) return headers[LIST] as HeaderList;
  return Object.entries(headers as Record<string, HeaderValue | readonly HeaderValue[]>).flatMap(
    ([name, value]) =>
      isRepeated(value) ? value.map((one) => [name, one] as const) : [[name, value] as const],
  );
};

const isRepeated = (value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] =>
  Array.isArray(value);

const define = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
};
