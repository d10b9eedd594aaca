/** The first time that is too late for a command, in milliseconds since 1970: 2100-01-01T00:00:00Z. */
export const TIME_LIMIT_MS = 4_102_444_800_000;

/**
 * The nearest valid time, in milliseconds since 1970. A command may state any number, and readers in other languages fail at times that
 * their calendars lack.
 */
export const nearestValidTime = (time: number): number => Math.min(Math.max(time, 0), TIME_LIMIT_MS - 1);
