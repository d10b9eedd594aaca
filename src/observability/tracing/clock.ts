/** Times of one batch, in milliseconds since 1970. They never go back, even if the machine's clock is set. */
export type Clock = {
  now(): number;
  /** @param moment as `performance.now()` tells it */
  at(moment: number): number;
};

export const createClock = (): Clock => {
  const origin = Date.now() - performance.now();
  return { now: () => origin + performance.now(), at: (moment) => origin + moment };
};
