import type { Observer } from '../processor/ports/observer.ts';

/** Notifies all observers, in this order. */
export const observedBy = (...observers: readonly Partial<Observer>[]): Observer => ({
  batchDone: (facts) => observers.forEach((it) => it.batchDone?.(facts)),
  foldedAgain: (facts) => observers.forEach((it) => it.foldedAgain?.(facts)),
  retrying: (facts) => observers.forEach((it) => it.retrying?.(facts)),
  reconciled: (facts) => observers.forEach((it) => it.reconciled?.(facts)),
  alarmed: (partition, alarm) => observers.forEach((it) => it.alarmed?.(partition, alarm)),
  resumed: (partition) => observers.forEach((it) => it.resumed?.(partition)),
});
