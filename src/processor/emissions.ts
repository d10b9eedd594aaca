import { echoed } from '../domain/ids.ts';
import type { Owed } from './decide-batch.ts';
import type { Emission, EventType, Frame, Headers } from './ports.ts';

/** The latest time that RFC 3339 headers carry: the last millisecond of 2099. */
const LATEST = 4_102_444_799_999;

type EventsOwed = Extract<Owed, { kind: 'events' }>;

/** In this order a run's events stand in their transaction. */
const TYPES: readonly EventType[] = ['run.closed', 'run.summary', 'run.close.rejected'];

/**
 * What is owed, as records for the output topics, in record order: CloudEvents' binary mode for events.
 *
 * @param frame puts the wire format before an Avro body
 * @param sourceOf the `source-offset` header's value for an input offset
 */
export const emissionsOf = (
  owed: readonly Owed[],
  groupId: string,
  frame: Frame,
  sourceOf: (offset: number) => string,
): readonly Emission[] =>
  owed.flatMap((item): readonly Emission[] => {
    switch (item.kind) {
      case 'nothing':
        return [];
      case 'dead-letter':
        return [{ kind: 'dead-letter', record: item.record, poison: item.poison }];
      case 'events':
        return eventsOf(item, groupId, frame, sourceOf(item.record.offset));
    }
  });

const eventsOf = (
  { bodies, writtenWith, eventIds, command, record }: EventsOwed,
  groupId: string,
  frame: Frame,
  source: string,
): readonly Emission[] => {
  const { commandId, correlationId, runId, requestedAt } = command;
  const traceparent = lastHeader(record.headers, 'traceparent');
  // The headers that a run's two events have in common are made once.
  const shared = [
    ['ce_source', `/runclose/${groupId}`],
    ['ce_time', new Date(Math.min(Math.max(requestedAt, 0), LATEST)).toISOString()],
    ['ce_subject', echoed(runId)],
    ['content-type', 'application/avro'],
    ...(correlationId === null ? [] : [['correlation-id', echoed(correlationId)] as const]),
    ['causation-id', echoed(commandId)],
    ...(traceparent === undefined ? [] : [['traceparent', traceparent] as const]),
    ['source-offset', source],
  ] as const;
  const events: Emission[] = [];
  for (const type of TYPES) {
    const body = bodies[type];
    const eventId = eventIds[type];
    if (body === undefined || eventId === undefined) continue;
    const headers = [SPEC_VERSION, ['ce_id', eventId], ['ce_type', type], ...shared] as const;
    events.push({
      kind: 'event',
      type,
      key: record.key,
      value: frame(type, body, writtenWith?.[type]),
      headers,
    });
  }
  return events;
};

const SPEC_VERSION = ['ce_specversion', '1.0'] as const;

const lastHeader = (headers: Headers, name: string): string | undefined =>
  headers.findLast(([each]) => each === name)?.[1]?.toString('utf8');
