import type { Headers } from './headers.ts';

/** On commands and events: the span that wrote the record, after W3C Trace Context. */
export const TRACE_HEADER = 'traceparent';

export type TraceParent = { readonly traceId: string; readonly spanId: string; readonly flags: number };

/** W3C Trace Context: a version, a trace id and a parent id that are not all zeros, and flags. */
export const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const TRACEPARENT_LENGTH = 55;

/** The last `traceparent` if it is valid, else undefined. A publisher can write anything of any size, and each event would carry it on. */
export const traceparentIn = (headers: Headers): string | undefined => {
  const value = headers.findLast(([name]) => name === TRACE_HEADER)?.[1];
  if (value?.length !== TRACEPARENT_LENGTH) return undefined;
  const text = value.toString('latin1');
  return TRACEPARENT.test(text) ? text : undefined;
};

/** Null if the text is not a valid `traceparent`. */
export const readTraceparent = (text: string): TraceParent | null => {
  if (text.length !== TRACEPARENT_LENGTH || !TRACEPARENT.test(text)) return null;
  return {
    traceId: text.slice(3, 35),
    spanId: text.slice(36, 52),
    flags: Number.parseInt(text.slice(53), 16),
  };
};

const SAMPLED = 1;

/** Writes version 00, which knows one flag: sampled. */
export const writeTraceparent = ({ traceId, spanId, flags }: TraceParent): string =>
  `00-${traceId}-${spanId}-0${String(flags & SAMPLED)}`;
