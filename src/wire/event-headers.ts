import { CAUSATION_HEADER, SOURCE_HEADER, TYPE_HEADER } from './headers.ts';
import { TRACE_HEADER } from './traceparent.ts';

/** The headers that the processor gives its events, in this order: the binary mode of CloudEvents, and RunClose's own. */
export const EVENT_HEADERS = [
  'ce_specversion',
  'ce_id',
  TYPE_HEADER,
  'ce_source',
  'ce_time',
  'ce_subject',
  'content-type',
  'correlation-id',
  CAUSATION_HEADER,
  TRACE_HEADER,
  SOURCE_HEADER,
] as const;

export type EventHeader = (typeof EVENT_HEADERS)[number];
