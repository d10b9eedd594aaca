import { emissionsOf } from '../../processor/emissions.ts';
import type { Emission, EventType } from '../../processor/ports.ts';
import { sourceOf, type Redecided } from '../decider.ts';
import type { EmittedRecord, FoundRecord, HistoryRecord, OutputKind } from '../history.ts';
import type { Divergence, DivergenceCode } from './divergence.ts';
import { firstDifference, type Difference } from './first-difference.ts';

export type EventReading = {
  /** An event's fields as a history has them; null where the bytes are none. */
  readEvent(type: EventType, value: Buffer | null): Promise<object | null>;
  /** The fields of a body that was encoded just now. */
  readBody(type: EventType, body: Buffer): object;
};

/** Magic byte and schema id. */
const WIRE_FORMAT_BYTES = 5;

/** What is wrong with the records that a command led to; the rest of its events are as they should be. */
export const compareEvents = async (
  redecided: Redecided,
  groupId: string,
  reading: EventReading,
): Promise<readonly Divergence[]> => {
  const { step, owed } = redecided;
  const source = sourceOf(step.record);
  const expected = emissionsOf(
    [owed],
    groupId,
    (_, body) => body,
    () => source,
  );
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

export const placeOf = ({ record: { topic, partition, offset } }: EmittedRecord): string =>
  `${topic}/${String(partition)}@${String(offset)}`;

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
  const body = found.value?.subarray(WIRE_FORMAT_BYTES);
  if (body?.equals(emission.value) !== true) {
    const event = await reading.readEvent(emission.type, found.value);
    if (event === null) return { field: 'value', expected: 'an event', found: 'bytes that are none' };
    // Equal fields in other bytes: an older version of the schema has written them.
    const difference = firstDifference(reading.readBody(emission.type, emission.value), event);
    if (difference !== null) return difference;
  }
  if (!(found.hasHeaders?.(emission.headers) ?? sameHeaders(emission.headers, found.headers))) {
    const expected = { headers: Object.fromEntries(emission.headers) };
    const difference = firstDifference(expected, { headers: headersOf(found, emission) });
    if (difference !== null) return difference;
  }
  const sameKey = emission.key !== null && found.key?.equals(emission.key) === true;
  return sameKey ? null : firstDifference({ key: emission.key }, { key: found.key });
};

/** Nearly always so; where not, the difference is looked for. */
const sameHeaders = (
  expected: readonly (readonly [name: string, value: string])[],
  found: HistoryRecord['headers'],
): boolean =>
  expected.length === found.length &&
  expected.every(([name, value], index) => {
    const header = found[index];
    return header !== undefined && header[0] === name && header[1]?.toString('utf8') === value;
  });

/** A group that was renamed since has given its events another source. */
const headersOf = ({ headers }: HistoryRecord, emission: Extract<Emission, { kind: 'event' }>): object => {
  const found = Object.fromEntries(headers.map(([name, value]) => [name, value?.toString('utf8') ?? null]));
  const own = new Map(emission.headers);
  if (found['ce_source']?.startsWith('/runclose/') === true)
    found['ce_source'] = own.get('ce_source') ?? null;
  return found;
};
