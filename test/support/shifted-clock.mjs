/**
 * Preloaded with `--import`: a clock that is wrong by the milliseconds of `CLOCK_SHIFT`; several, parted by commas, follow one
 * another every two seconds, so that the clock jumps.
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
