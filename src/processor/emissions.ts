import { SOURCE_HEADER, TYPE_HEADER } from '../wire/headers.ts';
import { TRACE_HEADER, traceparentIn } from '../wire/traceparent.ts';
import { echoed } from '../domain/ids.ts';
import { nearestValidTime } from '../domain/times.ts';
import { EVENT_TYPES } from '../wire/event-types.ts';
import type { Owed } from './decide-record.ts';
import type { InputRecord } from './ports/input-record.ts';
import type { Emission } from './ports/output.ts';
import type { Frame } from './ports/record-codec.ts';

type EventsOwed = Extract<Owed, { kind: 'events' }>;

export type TraceparentOf = (record: InputRecord) => string | undefined;

const ofItsCommand: TraceparentOf = ({ headers }) => traceparentIn(headers);

/**
 * The owed events and dead letters as records for the output topics, in record order. Events use the binary mode of CloudEvents.
 *
 * @param frame puts the wire format before an Avro body
 * @param sourceOf the `source-offset` header's value for an input offset
 * @param traceparentOf the `traceparent` of a record's events, if they have one
 */
export const emissionsOf = (
  owed: readonly Owed[],
  groupId: string,
  frame: Frame,
  sourceOf: (offset: number) => string,
  traceparentOf: TraceparentOf = ofItsCommand,
): readonly Emission[] =>
  owed.flatMap((item): readonly Emission[] => {
    switch (item.kind) {
      case 'nothing':
        return [];
      case 'dead-letter':
        return [{ kind: 'dead-letter', record: item.record, poison: item.poison }];
      case 'events':
        return eventsOf(item, groupId, frame, sourceOf(item.record.offset), traceparentOf(item.record));
    }
  });

const eventsOf = (
  { bodies, writtenWith, eventIds, command, record }: EventsOwed,
  groupId: string,
  frame: Frame,
  source: string,
  traceparent: string | undefined,
): readonly Emission[] => {
  const { commandId, correlationId, runId, requestedAt } = command;
  // Both events of a run share these headers, so build them once.
  const shared = [
    ['ce_source', `/runclose/${groupId}`],
    ['ce_time', new Date(nearestValidTime(requestedAt)).toISOString()],
    ['ce_subject', echoed(runId)],
    ['content-type', 'application/avro'],
    ...(correlationId === null ? [] : [['correlation-id', echoed(correlationId)] as const]),
    ['causation-id', echoed(commandId)],
    ...(traceparent === undefined ? [] : [[TRACE_HEADER, traceparent] as const]),
    [SOURCE_HEADER, source],
  ] as const;
  const events: Emission[] = [];
  for (const type of EVENT_TYPES) {
    const body = bodies[type];
    const eventId = eventIds[type];
    if (body === undefined || eventId === undefined) continue;
    const headers = [SPEC_VERSION, ['ce_id', eventId], [TYPE_HEADER, type], ...shared] as const;
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
