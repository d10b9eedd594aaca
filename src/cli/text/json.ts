import type { Timed } from '../json/shapes.ts';

/** Fields that hold milliseconds since 1970 in records, and are shown as RFC 3339. */
const TIMES = new Set(['requestedAt', 'submittedAt', 'pickupTime', 'closedAt', 'rejectedAt']);

/** The last moment that RFC 3339 can write: its years have four digits. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A record, or anything that holds records, with its times as RFC 3339. A time that cannot be written so stays a number. */
export const withTimes = <T>(value: T): Timed<T> => timed(value) as Timed<T>;

const timed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(timed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, it]) => [
      name,
      TIMES.has(name) && typeof it === 'number' ? time(it) : timed(it),
    ]),
  );
};

/** RFC 3339 in UTC with milliseconds. */
export const time = (milliseconds: number): string | number =>
  milliseconds >= 0 && milliseconds <= MAX_TIME ? new Date(milliseconds).toISOString() : milliseconds;
