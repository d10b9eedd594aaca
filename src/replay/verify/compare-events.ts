import { emissionsOf } from '../../processor/emissions.ts';
import type { Emission } from '../../processor/ports/output.ts';
import type { Redecided } from '../decider.ts';
import { readablePosition, positionText } from '../../wire/position.ts';
import type { EmittedRecord, FoundRecord, History, HistoryRecord, OutputKind } from '../history.ts';
import type { Divergence, DivergenceCode } from './divergence.ts';
import { firstDifference, type Difference } from './first-difference.ts';
import { HEADER_LENGTH } from '../../wire/frame.ts';
import { EVENT_HEADERS, type EventHeader } from '../../wire/event-headers.ts';
import { readTraceparent } from '../../wire/traceparent.ts';

export type EventReading = Pick<History, 'readEmitted'>;

type EventEmission = Extract<Emission, { kind: 'event' }>;

/** The records that a command must emit. */
export const expectedEvents = ({ step, owed }: Redecided, groupId: string): readonly Emission[] =>
  emissionsOf([owed], {
    groupId,
    frame: (_, body) => body,
    sourceOf: () => positionText(step.record),
  });

/** A quick check, which nearly always succeeds. If it fails, `compareEvents` looks for a difference. */
export const areAsExpected = ({ step: { emitted } }: Redecided, expected: readonly Emission[]): boolean =>
  expected.length === emitted.length &&
  expected.every((emission, index) => {
    const found = emitted[index];
    return (
      emission.kind === 'event' &&
      found?.kind === emission.type &&
      sameBody(emission, found.record) &&
      sameHeaders(emission, found.record) &&
      sameKey(emission, found.record)
    );
  });

/** The differences between the records that a command emitted and the expected ones. */
export const compareEvents = async (
  redecided: Redecided,
  expected: readonly Emission[],
  reading: EventReading,
): Promise<readonly Divergence[]> => {
  const { step } = redecided;
  const source = positionText(step.record);
  const divergences: Divergence[] = [];
  const report = (code: DivergenceCode, where: string, difference: Difference): void => {
    divergences.push({ code, ...idsOf(redecided), source, where, ...difference });
  };

  for (const emission of expected) {
    const kind = kindOf(emission);
    const [found, ...more] = step.emitted.filter((each) => each.kind === kind);
    if (found === undefined) {
      report('EVENT_MISSING', kind, { field: 'record', expected: 'one', found: 'none' });
      continue;
    }
    for (const each of more)
      report('EVENT_DOUBLED', placeOf(each), { field: 'record', expected: 'one', found: 'again' });
    const difference = await differenceOf(emission, found.record, reading);
    if (difference !== null) report('EVENT_ALTERED', placeOf(found), difference);
  }
  const kinds = new Set<OutputKind>(expected.map(kindOf));
  for (const each of step.emitted.filter(({ kind }) => !kinds.has(kind)))
    report('EVENT_UNEXPECTED', placeOf(each), { field: 'record', expected: 'none', found: 'one' });
  return divergences;
};

export const placeOf = ({ record }: EmittedRecord): string => readablePosition(record);

export const idsOf = ({ entry }: Redecided): Pick<Divergence, 'channelId' | 'runId' | 'commandId'> =>
  entry.kind === 'poison'
    ? { channelId: entry.record.key?.toString('utf8') ?? null, runId: null, commandId: null }
    : {
        channelId: entry.command.channelId,
        runId: entry.command.runId,
        commandId: entry.command.commandId,
      };

const kindOf = (emission: Emission): OutputKind =>
  emission.kind === 'event' ? emission.type : 'dead-letter';

const differenceOf = async (
  emission: Emission,
  found: FoundRecord,
  reading: EventReading,
): Promise<Difference | null> => {
  if (emission.kind === 'dead-letter') {
    const { key, value, headers } = emission.record;
    const kept = found.headers.slice(0, headers.length);
    return firstDifference({ key, value, headers }, { key: found.key, value: found.value, headers: kept });
  }
  if (!sameBody(emission, found)) {
    const event = await reading.readEmitted(emission.type, found.value);
    if (event.fields === null) return { field: 'value', expected: 'an event', found: 'bytes that are none' };
    // Equal fields in other bytes are no difference: another version of the schema wrote them.
    const difference = firstDifference(event.fieldsLike(emission.value), event.fields);
    if (difference !== null) return difference;
  }
  if (!sameHeaders(emission, found)) {
    const expected = { headers: Object.fromEntries(emission.headers) };
    const difference = firstDifference(expected, { headers: headersOf(found, emission) });
    if (difference !== null) return difference;
  }
  return sameKey(emission, found) ? null : firstDifference({ key: emission.key }, { key: found.key });
};

const sameBody = ({ value }: EventEmission, found: FoundRecord): boolean =>
  found.value?.length === value.length + HEADER_LENGTH && value.compare(found.value, HEADER_LENGTH) === 0;

const sameHeaders = ({ headers }: EventEmission, found: FoundRecord): boolean =>
  found.hasHeaders?.(headers) ??
  (headers.length === found.headers.length &&
    headers.every(([name, value], index) => {
      const header = found.headers[index];
      return header !== undefined && header[0] === name && header[1]?.toString('utf8') === value;
    }));

const sameKey = ({ key }: EventEmission, found: FoundRecord): boolean =>
  key !== null && found.key?.equals(key) === true;

/** The headers of a record, with the expected value wherever the record has an accepted one. */
const headersOf = ({ headers }: HistoryRecord, emission: EventEmission): object => {
  const found = Object.fromEntries(headers.map(([name, value]) => [name, value?.toString('utf8') ?? null]));
  const own = new Map(emission.headers);
  for (const name of EVENT_HEADERS) {
    const expected = own.get(name);
    if (!ACCEPTED[name](found[name], expected)) continue;
    if (expected === undefined) Reflect.deleteProperty(found, name);
    else found[name] = expected;
  }
  return found;
};

/** True if an event may have `found` in a header instead of the expected value. Undefined: no such header. */
type Accepts = (found: string | null | undefined, expected: string | undefined) => boolean;

const nothingElse: Accepts = () => false;

/** Events from before the consumer group was renamed have another group. */
const anyGroup: Accepts = (found) => found?.startsWith('/runclose/') === true;

/** If `serve` recorded the command's trace, its events continue that trace with a span of their own. */
const sameTrace: Accepts = (found, expected) => {
  const theirs = readTraceparent(found ?? '');
  return theirs !== null && (expected === undefined || readTraceparent(expected)?.traceId === theirs.traceId);
};

/** What each header accepts besides the expected value. A new header accepts `undefined`, because events of older versions lack it. */
const ACCEPTED: Readonly<Record<EventHeader, Accepts>> = {
  ce_specversion: nothingElse,
  ce_id: nothingElse,
  ce_type: nothingElse,
  ce_source: anyGroup,
  ce_time: nothingElse,
  ce_subject: nothingElse,
  'content-type': nothingElse,
  'correlation-id': nothingElse,
  'causation-id': nothingElse,
  traceparent: sameTrace,
  'source-offset': nothingElse,
};
