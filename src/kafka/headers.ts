import type { IHeaders } from 'kafkajs';
import type { Headers } from '../wire/headers.ts';
import {
  bytesOf,
  decodeHeaders,
  isEncoded,
  lastEncoded,
  type EncodedHeaders,
} from './patches/encoded-headers.ts';
import { headersRead } from './patches/header-list.ts';

/** A list, or what stands in a record: to look one up there, and to write all of them again, takes no list. */
export type AnyHeaders = Headers | EncodedHeaders;

/** The headers of a record that kafkajs has read, in their order. */
export const headersOf = (message: { readonly headers?: object }): Headers =>
  headerList(headersRead(message));

export const headerList = (headers: AnyHeaders): Headers =>
  isEncoded(headers) ? decodeHeaders(headers) : headers;

/** The same, as they stand in the record. */
export const encodedHeadersOf = (message: { readonly headers?: object }): AnyHeaders => headersRead(message);

/** The last value of this name; undefined where there is none. */
export const lastHeader = (headers: AnyHeaders, name: string): Buffer | null | undefined =>
  isEncoded(headers) ? lastEncoded(headers, name) : headers.findLast((header) => header[0] === name)?.[1];

/** One more behind them. */
export const withHeader = (headers: AnyHeaders, header: Headers[number]): AnyHeaders =>
  isEncoded(headers) ? { ...headers, added: [...headers.added, header] } : [...headers, header];

type SizedHeaders = EncodedHeaders | readonly (readonly [name: string, value: Buffer | string | null])[];

/** Nearly: names and values, in bytes or characters, and the two bytes of their lengths. */
export const sizeOfHeaders = (headers: SizedHeaders): number =>
  isEncoded(headers)
    ? bytesOf(headers).length + sizeOfHeaders(headers.added)
    : headers.reduce((size, [name, value]) => size + 2 + name.length + (value?.length ?? 0), 0);

/** The same for writing: the repaired client takes them as they are, its types know the object only. */
export const asMessageHeaders = (headers: SizedHeaders): IHeaders => headers as unknown as IHeaders;
