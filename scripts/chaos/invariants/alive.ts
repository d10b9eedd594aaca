import type { Invariant } from './invariant.ts';

/** After the faults, the lag reaches 0 within a stated time, and no transaction hangs. */
export const alive: Invariant = {
  id: 'I9',
  title: 'alive',
  violations: ({ healing: { lag, seconds, withinSeconds }, hanging }) => [
    ...(lag > 0 ? [`${lag} records are left after ${seconds.toFixed(0)} s without a fault`] : []),
    ...(lag === 0 && seconds > withinSeconds
      ? [`healing took ${seconds.toFixed(0)} s, more than ${withinSeconds} s`]
      : []),
    ...hanging.map((transaction) => `a hanging transaction: ${transaction}`),
  ],
};
