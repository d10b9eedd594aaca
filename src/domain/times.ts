/** 2100-01-01T00:00:00Z, the first time that is too late. */
export const TOO_LATE = 4_102_444_800_000;

/** The nearest valid time. A command may state any number, and readers in other languages fail at times that their calendars lack. */
export const nearestValidTime = (time: number): number => Math.min(Math.max(time, 0), TOO_LATE - 1);
