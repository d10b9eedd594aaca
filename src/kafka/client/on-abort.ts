/** One listener for each signal, however many callbacks: Node warns of a leak if a signal has more than ten listeners. */
const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal is aborted, at once if it is already. Returns a function that forgets the callback. */
export const onAbort = (signal: AbortSignal | undefined, callback: () => void): (() => void) => {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const callbacks = callbacksOf.get(signal) ?? listenTo(signal);
  callbacks.add(callback);
  return () => callbacks.delete(callback);
};

/** Settles as the work does, or resolves with undefined as soon as the signal is aborted. The work itself continues. */
export const unlessAborted = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> => {
  let forget = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    forget = onAbort(signal, () => {
      resolve(undefined);
    });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    forget();
  }
};

const listenTo = (signal: AbortSignal): Set<() => void> => {
  const callbacks = new Set<() => void>();
  callbacksOf.set(signal, callbacks);
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of callbacks) callback();
    },
    { once: true },
  );
  return callbacks;
};
