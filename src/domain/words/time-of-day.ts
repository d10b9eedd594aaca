/** A time as people read it in a text: "08:15 UTC". Milliseconds since 1970; less than a day before 1970 is fine too. */
export const timeOfDay = (time: number): string => {
  const minutes = (Math.floor(time / 60_000) + DAY) % DAY;
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)} UTC`;
};

const DAY = 24 * 60;

const twoDigits = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));
