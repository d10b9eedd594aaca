import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { failureOf } from '../../processor/failure.ts';
import { withoutCredentials } from '../logging.ts';
import { ATTRIBUTES } from './messaging-attributes.ts';

/** @param error why the span's work failed; undefined: it did not */
export const endSpan = (span: Span, at: number, error?: unknown): void => {
  if (error !== undefined) {
    const { code, message } = failureOf(error);
    span.setAttribute(ATTRIBUTES.errorType, code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: `${code}: ${withoutCredentials(message)}` });
  }
  span.end(at);
};
