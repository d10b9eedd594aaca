import type { Observer } from '../processor/ports/observer.ts';

/** Notifies all observers, in this order. */
export const observedBy = (...observers: readonly Partial<Observer>[]): Observer => ({
  batchDone: (facts) => observers.forEach((observer) => observer.batchDone?.(facts)),
  foldedAgain: (facts) => observers.forEach((observer) => observer.foldedAgain?.(facts)),
  retrying: (facts) => observers.forEach((observer) => observer.retrying?.(facts)),
  reconciled: (facts) => observers.forEach((observer) => observer.reconciled?.(facts)),
  alarmed: (partition, alarm) => observers.forEach((observer) => observer.alarmed?.(partition, alarm)),
  resumed: (partition) => observers.forEach((observer) => observer.resumed?.(partition)),
});
