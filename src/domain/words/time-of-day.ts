const DAY_MINUTES = 24 * 60;

/**
 * A time as people read it in a text: "08:15 UTC".
 * @param time in milliseconds since 1970; may lie up to a day before 1970
 */
export const timeOfDay = (time: number): string => {
  const minutes = (Math.floor(time / 60_000) + DAY_MINUTES) % DAY_MINUTES;
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)} UTC`;
};

const twoDigits = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));
