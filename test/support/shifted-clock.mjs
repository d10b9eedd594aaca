/**
 * Preload this with `--import`: the clock is then wrong by `CLOCK_SHIFT` milliseconds. If `CLOCK_SHIFT` has several values, separated by
 * commas, the clock changes to the next one every two seconds, so it jumps.
 */
const shifts = (process.env['CLOCK_SHIFT'] ?? '0').split(',').map(Number);
const begin = performance.now();
const now = Date.now;
const shift = () => shifts[Math.min(Math.floor((performance.now() - begin) / 2_000), shifts.length - 1)] ?? 0;

Date.now = () => now() + shift();
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now()] : args, newTarget),
});
