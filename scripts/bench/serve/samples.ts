/** CPU seconds of each since its start. */
export type Cpu = { readonly processor: number; readonly kafka: number; readonly postgres: number };

/** The state of a run at one moment. */
export type Sample = {
  readonly seconds: number;
  /** Commands whose outcome the group has committed. */
  readonly done: number;
  readonly cpu: Cpu;
  /** Of the largest instance. */
  readonly residentMb: number;
};

/** The figures of one run, per second and per command. */
export type Figures = {
  readonly aSecond: number;
  /** CPU microseconds a command. */
  readonly cpu: Cpu;
};

/** The first tenth is warm-up: programs compile their hot functions, servers fill their caches. */
const WARM_UP = 0.1;

/**
 * Measures between two samples: the first one after the warm-up and the last one before all commands were done. A sample is exact for its
 * moment, but nobody knows exactly when the last command was done. If there are no two such samples, measures from before the first command
 * until after the last one. `measuredSeconds` lie between the two.
 */
export const figuresOf = (
  samples: readonly Sample[],
  commands: number,
): Figures & { readonly measuredSeconds: number } => {
  const warm = samples.find(({ done }) => done >= WARM_UP * commands);
  const nearlyDone = samples.findLast(({ done }) => done < commands);
  const [from, to] =
    warm !== undefined && nearlyDone !== undefined && nearlyDone.done > warm.done
      ? [warm, nearlyDone]
      : [samples.findLast(({ done }) => done <= 0), samples.at(-1)];
  if (from === undefined || to === undefined || to.done <= 0)
    throw new Error(`nothing was measured: ${String(samples.length)} looks at ${String(commands)} commands`);
  const done = to.done - from.done;
  const each = (name: keyof Cpu): number => (1e6 * (to.cpu[name] - from.cpu[name])) / done;
  const measuredSeconds = to.seconds - from.seconds;
  return {
    aSecond: done / measuredSeconds,
    measuredSeconds,
    cpu: { processor: each('processor'), kafka: each('kafka'), postgres: each('postgres') },
  };
};

/** The middle one, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
    : (sorted[Math.floor(middle)] ?? Number.NaN);
};

/** The quantile: this share of all values is not greater. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN;
