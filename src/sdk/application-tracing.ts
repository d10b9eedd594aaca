/**
 * Takes part in the tracing of the application that uses this package. If the application has not set up OpenTelemetry, its API does
 * nothing; if the API is not installed, nothing is loaded.
 */
import type * as Api from '@opentelemetry/api';
import type { LogRecord } from '../kafka/records/log-record.ts';
import { TRACE_HEADER, readTraceparent, traceparentIn, writeTraceparent } from '../wire/traceparent.ts';
import { systemCode } from '../processor/system-code.ts';

type Headers = Readonly<Record<string, string>>;

/** Null if `@opentelemetry/api` is not installed. */
const load = (): Promise<typeof Api | null> => (loaded ??= import('@opentelemetry/api').catch(() => null));

let loaded: Promise<typeof Api | null> | undefined;

/** Records the sending of commands, and gives their records the `traceparent` of its span. A `traceparent` of the caller stays. */
export const traceSending = async <T>(
  { topic, count }: { readonly topic: string; readonly count: number },
  headers: Headers,
  send: (headers: Headers) => Promise<T>,
): Promise<T> => {
  const api = await load();
  if (api === null) return send(headers);
  const attributes = {
    ...SYSTEM,
    'messaging.destination.name': topic,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    ...(count > 1 && { 'messaging.batch.message_count': count }),
  };
  const options = { kind: api.SpanKind.PRODUCER, attributes };
  return inSpan(api, `send ${topic}`, options, api.context.active(), (span) => {
    const { traceId, spanId, traceFlags } = span.spanContext();
    const isTraced = api.isSpanContextValid(span.spanContext());
    const own = isTraced ? { [TRACE_HEADER]: writeTraceparent({ traceId, spanId, flags: traceFlags }) } : {};
    return send({ ...own, ...headers });
  });
};

/** Runs the handler of an event in a span that continues the trace of the event. */
export const traceHandling = async (
  { topic, partition, offset, headers }: LogRecord,
  groupId: string,
  handle: () => Promise<void> | void,
): Promise<void> => {
  const api = await load();
  if (api === null) {
    await handle();
    return;
  }
  const attributes = {
    ...SYSTEM,
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': offset,
    'messaging.consumer.group.name': groupId,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
  };
  const options = { kind: api.SpanKind.CONSUMER, attributes };
  const parent = readTraceparent(traceparentIn(headers) ?? '');
  const context =
    parent === null
      ? api.ROOT_CONTEXT
      : api.trace.setSpanContext(api.ROOT_CONTEXT, {
          traceId: parent.traceId,
          spanId: parent.spanId,
          traceFlags: parent.flags,
          isRemote: true,
        });
  await inSpan(api, `process ${topic}`, options, context, async () => handle());
};

const inSpan = <T>(
  api: typeof Api,
  name: string,
  options: Api.SpanOptions,
  parent: Api.Context,
  work: (span: Api.Span) => Promise<T>,
): Promise<T> => {
  const span = api.trace.getTracer('runclose').startSpan(name, options, parent);
  return api.context.with(api.trace.setSpan(parent, span), async () => {
    try {
      return await work(span);
    } catch (error) {
      span.setAttribute(
        'error.type',
        systemCode(error) ?? (error instanceof Error ? error.name : typeof error),
      );
      span.setStatus({ code: api.SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
};

const SYSTEM = { 'messaging.system': 'kafka' };
