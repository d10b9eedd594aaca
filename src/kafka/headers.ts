import type { IHeaders } from 'kafkajs';
import type { Headers } from '../processor/ports.ts';
import { headersRead } from './patches/header-list.ts';

/** The headers of a record that kafkajs has read, in their order. */
export const headersOf = (message: { readonly headers?: object }): Headers => headersRead(message);

/** The same for writing: the repaired client takes the list as it is, its types know the object only. */
export const asMessageHeaders = (
  headers: readonly (readonly [name: string, value: Buffer | string | null])[],
): IHeaders => headers as unknown as IHeaders;
