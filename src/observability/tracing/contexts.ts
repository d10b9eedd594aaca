import { type Context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { readTraceparent } from '../../wire/traceparent.ts';

export const NO_PARENT = ROOT_CONTEXT;

export const contextOf = (span: SpanContext): Context => trace.setSpanContext(ROOT_CONTEXT, span);

/** Null for a text that is no valid `traceparent`. */
export const spanContextOf = (traceparent: string): SpanContext | null => {
  const read = readTraceparent(traceparent);
  if (read === null) return null;
  const { traceId, spanId, flags } = read;
  return { traceId, spanId, traceFlags: flags, isRemote: true };
};
