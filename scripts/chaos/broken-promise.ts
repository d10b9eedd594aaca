/** Thrown by a fault that fired, and during which something did not hold that has to. It counts as a violation of I9. */
export class BrokenPromise extends Error {}
