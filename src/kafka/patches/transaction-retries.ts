import type { Patch } from './patch.ts';

/** About five seconds in all. */
const TRANSACTION_RETRY = {
  initialRetryTime: 10,
  maxRetryTime: 1_000,
  multiplier: 1.6,
  factor: 0.2,
  retries: 14,
};

/**
 * kafkajs's transaction manager reads its retry settings from the cluster, which has none, so it always retries five times, starting at 300
 * ms. The broker answers `CONCURRENT_TRANSACTIONS` for some milliseconds after each commit. With retries that start at 10 ms, back-to-back
 * transactions take a tenth of the time. kafkajs issues 430 and 1068.
 */
export const transactionRetries: Patch = {
  module: 'cluster/index.js',
  apply: (cluster: { prototype: object }) => {
    Object.defineProperty(cluster.prototype, 'retry', { value: TRANSACTION_RETRY });
    return cluster;
  },
};
