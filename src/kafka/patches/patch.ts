/**
 * One defect of kafkajs 2.2.4, repaired while the client is loaded. `apply` gets the exports of the module and returns their replacement:
 * the same class with a repaired method, or another function. The public types of kafkajs do not change.
 */
export type Patch = {
  /** Below `kafkajs/src`. */
  readonly module: string;
  readonly apply: (original: never) => unknown;
};
