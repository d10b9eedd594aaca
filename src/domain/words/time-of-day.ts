/** A time as people read it in a text: "08:15 UTC". Milliseconds since 1970, not before it. */
export const timeOfDay = (time: number): string => {
  const minutes = Math.floor(time / 60_000) % (24 * 60);
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)} UTC`;
};

const twoDigits = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));
