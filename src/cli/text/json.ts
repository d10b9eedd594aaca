import type { Timed } from '../json/shapes.ts';

/** Fields of records that hold milliseconds since 1970, and that are shown as RFC 3339. */
const TIMES = new Set(['requestedAt', 'submittedAt', 'pickupTime', 'closedAt', 'rejectedAt']);

/** The last time that RFC 3339 can express: its years have four digits. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Writes the times in a record, or in anything that holds records, as RFC 3339. Times that RFC 3339 cannot express stay numbers. */
export const withTimes = <T>(value: T): Timed<T> => convertTimes(value) as Timed<T>;

const convertTimes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(convertTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      TIMES.has(name) && typeof field === 'number' ? rfc3339(field) : convertTimes(field),
    ]),
  );
};

/** Writes a time as RFC 3339, in UTC with milliseconds. */
export const rfc3339 = (milliseconds: number): string | number =>
  milliseconds >= 0 && milliseconds <= MAX_TIME ? new Date(milliseconds).toISOString() : milliseconds;
