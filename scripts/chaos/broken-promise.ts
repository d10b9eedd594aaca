/** Thrown by a fault that fired, if a promise did not hold during the fault. It counts as a violation of I9. */
export class BrokenPromise extends Error {}
