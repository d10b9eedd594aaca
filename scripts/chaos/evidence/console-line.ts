import type { LogRecord } from './evidence.ts';

/**
 * Options of Kafka's console consumer, so that every byte can be read back. Its BytesDeserializer prints unprintable bytes and the
 * backslash as `\xNN`. So no value contains a tab or a control character.
 */
const FIELDS = '\t';
const HEADERS = '\u0001';
const NULL = 'no-value-here-8f1d2c';
const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';

export const CONSOLE_PROPERTIES: readonly string[] = [
  ...['timestamp', 'partition', 'offset', 'headers', 'key', 'value'].map(
    (property) => `print.${property}=true`,
  ),
  ...['key', 'value', 'headers'].map((property) => `${property}.deserializer=${BYTES}`),
  `key.separator=${FIELDS}`,
  `headers.separator=${HEADERS}`,
  `null.literal=${NULL}`,
];

/** Parses one line of Kafka's console consumer, read as latin1. Throws for a line that the console consumer cannot have printed. */
export const parseConsoleLine = (line: string): LogRecord => {
  const [timestamp, partition, offset, headers, key, value, ...more] = line.split(FIELDS);
  if (value === undefined || more.length > 0)
    throw new Error(`not a line of a console consumer: ${line.slice(0, 200)}`);
  return {
    timestamp: numberIn(timestamp),
    partition: numberIn(partition),
    offset: numberIn(offset),
    headers: headers === undefined || headers === 'NO_HEADERS' ? [] : headers.split(HEADERS).map(headerIn),
    key: bytesIn(key ?? ''),
    value: bytesIn(value),
  };
};

/** `Offset:17` */
const numberIn = (field = ''): number => {
  const number = Number(field.slice(field.indexOf(':') + 1));
  if (!Number.isSafeInteger(number)) throw new Error(`not a number: ${field}`);
  return number;
};

const headerIn = (header: string): readonly [string, Buffer | null] => {
  const colon = header.indexOf(':');
  const name = Buffer.from(header.slice(0, colon), 'latin1').toString('utf8');
  return [name, bytesIn(header.slice(colon + 1))];
};

const bytesIn = (printed: string): Buffer | null => {
  if (printed === NULL) return null;
  // Works piece by piece: `replace` with a function takes six times as long, and this runs some hundred thousand times.
  const [first = '', ...escaped] = printed.split('\\x');
  const pieces = escaped.map(
    (piece) => String.fromCharCode(Number.parseInt(piece.slice(0, 2), 16)) + piece.slice(2),
  );
  return Buffer.from(first + pieces.join(''), 'latin1');
};
