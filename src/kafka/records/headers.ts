import type { IHeaders } from 'kafkajs';
import type { Headers } from '../../wire/headers.ts';
import {
  bytesOf,
  decodeHeaders,
  isEncoded,
  lastEncoded,
  type EncodedHeaders,
} from '../protocol/encoded-headers.ts';
import { headersRead } from '../protocol/header-list.ts';

/** A list of headers, or the encoded bytes of a record: looking one header up, or writing all of them again, needs no list. */
export type AnyHeaders = Headers | EncodedHeaders;

/** The headers of a record that kafkajs has read, in their order. */
export const headersOf = (message: { readonly headers?: object }): Headers =>
  headerList(headersRead(message));

export const headerList = (headers: AnyHeaders): Headers =>
  isEncoded(headers) ? decodeHeaders(headers) : headers;

/** The headers of a record that kafkajs has read, still encoded if possible. */
export const encodedHeadersOf = (message: { readonly headers?: object }): AnyHeaders => headersRead(message);

/** The value of the last header with this name; undefined if there is none. */
export const lastHeader = (headers: AnyHeaders, name: string): Buffer | null | undefined =>
  isEncoded(headers) ? lastEncoded(headers, name) : headers.findLast((header) => header[0] === name)?.[1];

/** The headers with one more at the end. */
export const withHeader = (headers: AnyHeaders, header: Headers[number]): AnyHeaders =>
  isEncoded(headers) ? { ...headers, added: [...headers.added, header] } : [...headers, header];

type SizedHeaders = EncodedHeaders | readonly (readonly [name: string, value: Buffer | string | null])[];

/** The approximate size: names and values, in bytes or characters, and two bytes for their lengths. */
export const sizeOfHeaders = (headers: SizedHeaders): number =>
  isEncoded(headers)
    ? bytesOf(headers).length + sizeOfHeaders(headers.added)
    : headers.reduce((size, [name, value]) => size + 2 + name.length + (value?.length ?? 0), 0);

/** Passes headers to kafkajs for writing. The repaired client takes them as they are, but its types know only the object. */
export const asMessageHeaders = (headers: SizedHeaders): IHeaders => headers as unknown as IHeaders;
