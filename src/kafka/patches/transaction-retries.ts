import type { Patch } from './patch.ts';

/**
 * The transaction manager reads its retries from the cluster, which has none, so it always tries five times from 300 ms on. The
 * broker answers `CONCURRENT_TRANSACTIONS` for some milliseconds after each commit: from 10 ms on, a transaction back to back
 * takes a tenth of the time. kafkajs issues 430 and 1068.
 */
export const transactionRetries: Patch = {
  module: 'cluster/index.js',
  apply: (cluster: { prototype: object }) => {
    Object.defineProperty(cluster.prototype, 'retry', { value: TRANSACTION_RETRY });
    return cluster;
  },
};

/** About five seconds in all. */
const TRANSACTION_RETRY = {
  initialRetryTime: 10,
  maxRetryTime: 1_000,
  multiplier: 1.6,
  factor: 0.2,
  retries: 14,
};
