import { randomUUID } from 'node:crypto';

/** The time, new ids and timers. A test replaces them, so that it has the same result each time and waits for nothing. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
  /** Calls `fire` once, after this many milliseconds. Returns a function that cancels the call. */
  after(milliseconds: number, fire: () => void): () => void;
};

/** Its timers do not change when somebody sets the system's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  newId: () => randomUUID(),
  after: (milliseconds, fire) => {
    const timer = setTimeout(fire, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};
