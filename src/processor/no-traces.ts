import { traceparentIn } from '../wire/traceparent.ts';
import type { BatchTrace, Tracer } from './ports/tracer.ts';

/** Records nothing: each step costs one call for a whole batch. */
export const NO_TRACE: BatchTrace = {
  traceId: undefined,
  step: (_, work) => work(),
  decide: (work) => work(),
  commands:
    () =>
    ({ headers }) =>
      traceparentIn(headers),
};

export const NO_TRACES: Tracer = { batch: (_, work) => work(NO_TRACE) };
