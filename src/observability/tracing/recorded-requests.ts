import { type Context, SpanKind, type Tracer } from '@opentelemetry/api';
import type { Clock } from './clock.ts';
import { endSpan } from './end-span.ts';
import { ATTRIBUTES } from './messaging-attributes.ts';

/**
 * Remembers the latest requests to the registry, so that a step of a batch can show those that it has waited for. Several batches may wait
 * for one request, which serves them all.
 */
export type RecordedRequests = {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * Records below a step the requests that began after it.
   *
   * @param since as `performance.now()` tells it
   */
  record(spans: Tracer, parent: Context, since: number, clock: Clock): void;
};

type Request = { readonly name: string; readonly from: number; to?: number; error?: unknown };

const MAX_REQUESTS = 100;

export const createRecordedRequests = (): RecordedRequests => {
  const requests: Request[] = [];
  return {
    run: async (name, work) => {
      const request: Request = { name, from: performance.now() };
      requests.push(request);
      if (requests.length > MAX_REQUESTS) requests.shift();
      try {
        return await work();
      } catch (error) {
        request.error = error;
        throw error;
      } finally {
        request.to = performance.now();
      }
    },
    record: (spans, parent, since, clock) => {
      for (const { name, from, to = performance.now(), error } of requests) {
        if (from < since) continue;
        const span = spans.startSpan(
          'registry',
          {
            kind: SpanKind.CLIENT,
            startTime: clock.at(from),
            attributes: { [ATTRIBUTES.request]: name },
          },
          parent,
        );
        endSpan(span, clock.at(to), error);
      }
    },
  };
};
