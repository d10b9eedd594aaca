/**
 * One defect of kafkajs 2.2.4, repaired while the client is loaded. `apply` gets what the module exports and returns what it
 * shall export: the same class with a method mended, or another function. Public types of kafkajs do not change.
 */
export type Patch = {
  /** Below `kafkajs/src`. */
  readonly module: string;
  readonly apply: (original: never) => unknown;
};
