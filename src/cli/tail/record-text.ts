import { DEAD_LETTER_HEADERS, type Headers } from '../../wire/headers.ts';
import type { z } from 'zod';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import type { Colors } from '../frame/output.ts';
import type { LineOf } from '../json/lines.ts';
import type { headers as headersOfRecord } from '../json/shapes.ts';
import type { Reading } from '../../operations/servers/record-reading.ts';
import { eventText } from '../text/event-text.ts';
import { rfc3339, withTimes } from '../text/json.ts';
import { readablePosition } from '../../wire/position.ts';
import { oneLine } from '../../domain/visible-text.ts';
import { count } from '../../domain/words/count.ts';

/** The object that `tail --json` prints for a record. Programs rely on its shape. */
export const recordJson = (
  { topic, partition, offset, key, headers, value }: LogRecord,
  reading: Reading,
): LineOf<'tail'> => ({
  topic,
  partition,
  offset,
  key: key?.toString('utf8') ?? null,
  headers: headersJson(headers),
  // If the value cannot be decoded, print its bytes in base64.
  value: reading.kind === 'undecodable' ? (value?.toString('base64') ?? null) : withTimes(reading.value),
});

/** If a name occurs more than once, its value is a list. */
export const headersJson = (headers: Headers): z.infer<typeof headersOfRecord> => {
  const values = new Map<string, (string | null)[]>();
  for (const [name, value] of headers) {
    values.set(name, [...(values.get(name) ?? []), value?.toString('utf8') ?? null]);
  }
  return Object.fromEntries(
    [...values].map(([name, all]) => [name, all.length === 1 ? (all[0] ?? null) : all]),
  );
};

/** Describes a record for people, in one line. */
export const recordLine = (record: LogRecord, reading: Reading, colors: Colors): string => {
  const { key, timestamp } = record;
  const channel = key === null ? '(no key)' : oneLine(key.toString('utf8'));
  return `${colors.dim(String(rfc3339(timestamp)))} ${colors.bold(readablePosition(record))} ${channel} ${saying(record, reading, colors)}`;
};

const saying = ({ value, headers }: LogRecord, reading: Reading, { red, green }: Colors): string => {
  switch (reading.kind) {
    case 'undecodable': {
      const why = headers.findLast(([name]) => name === DEAD_LETTER_HEADERS.message)?.[1]?.toString('utf8');
      return red(oneLine(`${count(value?.length ?? 0, 'byte')}: ${why ?? reading.poison.message}`));
    }
    case 'run.close.rejected':
      return red(eventText(reading.kind, reading.value));
    case 'run.closed':
      return green(eventText(reading.kind, reading.value));
    case 'run.summary':
    case 'run.close.requested':
      return eventText(reading.kind, reading.value);
  }
};
