/** A time as callers may write it: a `Date`, RFC 3339, or milliseconds since 1970. */
export type TimeInput = Date | string | number;

/** Reads a `TimeInput` as milliseconds since 1970; undefined for everything else. */
export const parseTime = (value: unknown): number | undefined => {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime();
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const [, date = '', time = '', fraction = '', offset = ''] = RFC_3339.exec(value) ?? [];
  if (!isDate(date)) return undefined;
  const milliseconds = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${offset.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
};

/** Says what is wrong with a text that looks like a time, without quoting the text; undefined if the fault is unknown. */
export const faultOfTime = (text: string): string | undefined => {
  const [, date = ''] = LIKE_A_TIME.exec(text) ?? [];
  if (date === '') return undefined;
  if (!isDate(date)) return 'there is no such day';
  if (!HAS_ZONE.test(text))
    return 'it has no time zone: end it with Z for UTC, or with an offset such as +01:00';
  return undefined;
};

/** Compares with the text, because Date.parse accepts the 31st of every month and moves it into the next month. */
const isDate = (date: string): boolean => {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
};

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const LIKE_A_TIME = /^(\d{4}-\d{2}-\d{2})[Tt ][\d:.]+\S{0,6}$/;
const HAS_ZONE = /(?:[Zz]|[+-]\d{2}:?\d{2})$/;
