export type Teardown = {
  /** Call this right after building something, so that the list is in the order of building. */
  add(close: () => unknown): void;
  /** Closes everything, in reverse order of building. Never rejects. */
  run(): Promise<void>;
};

export const createTeardown = (): Teardown => {
  const closers: (() => unknown)[] = [];
  return {
    add: (close) => void closers.unshift(close),
    run: async () => {
      // If one cannot be closed, close the others all the same.
      for (const close of closers.splice(0))
        await Promise.resolve()
          .then(close)
          .catch(() => undefined);
    },
  };
};
