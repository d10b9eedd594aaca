/** Counts the work in progress, so that a test can wait until nothing more can happen without it. */
export type Activity = {
  /** Counts a piece of work until the returned function is called. Later calls of that function have no effect. */
  begin(): () => void;
  /** Counts the work until it settles. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Stops counting one piece of work: it waits for the test. Returns a function to call when it continues. */
  pause(): () => void;
  /** Resolves when no work is counted, and none begins within one turn of the event loop. */
  idle(): Promise<void>;
};

/** Kept, because a test may replace the timers of Node. */
const nextTurn = setImmediate;

export const createActivity = (): Activity => {
  let count = 0;
  let waiting: (() => void)[] = [];

  const end = (): void => {
    count -= 1;
    if (count > 0) return;
    const done = waiting;
    waiting = [];
    for (const resolve of done) resolve();
  };

  const begin = (): (() => void) => {
    let isCounted = true;
    count += 1;
    return () => {
      if (isCounted) end();
      isCounted = false;
    };
  };

  return {
    begin,
    during: async (work) => {
      const done = begin();
      try {
        return await work();
      } finally {
        done();
      }
    },
    pause: () => {
      end();
      return () => {
        count += 1;
      };
    },
    idle: async () => {
      do {
        if (count > 0) await new Promise<void>((resolve) => waiting.push(resolve));
        await new Promise((resolve) => nextTurn(resolve));
      } while (count > 0);
    },
  };
};
