import type { Clock } from '../sdk/clock.ts';

/** A clock that stands still until the test moves it. New ids are `id-1`, `id-2` and so on. */
export type TestClock = Clock & {
  /** Moves the time on, and fires the timers that are due, in the order of their times. */
  pass(milliseconds: number): void;
};

export const createTestClock = (start: number): TestClock => {
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  let now = start;
  let ids = 0;
  return {
    now: () => now,
    newId: () => `id-${++ids}`,
    after: (milliseconds, fire) => {
      const timer = { at: now + milliseconds, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pass: (milliseconds) => {
      const until = now + milliseconds;
      for (;;) {
        const [due] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (due === undefined) break;
        timers.delete(due);
        now = due.at;
        due.fire();
      }
      now = until;
    },
  };
};
