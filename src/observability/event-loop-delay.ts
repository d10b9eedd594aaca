const EVERY_MS = 500;

/** Reports twice a second by how many seconds a timer was late. Returns a function that stops it. */
export const watchEventLoop = (report: (seconds: number) => void): (() => void) => {
  let dueAt = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    report(Math.max(0, now - dueAt) / 1000);
    dueAt = now + EVERY_MS;
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
};
