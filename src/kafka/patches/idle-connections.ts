import type { Patch } from './patch.ts';

type RequestQueue = {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
};

const CHECK_PENDING_REQUESTS_MS = 10;

/**
 * In kafkajs, every idle connection checks for pending requests each millisecond, which costs 5% of a core with twelve producers. Queueing
 * a request schedules a check, so an empty queue needs none. kafkajs issue 1556.
 */
export const idleConnections: Patch = {
  module: 'network/requestQueue/index.js',
  apply: (requestQueue: { prototype: RequestQueue }) => {
    requestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
      if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
      const throttled = this.throttledUntil - performance.now();
      this.throttleCheckTimeoutId = setTimeout(
        () => {
          this.throttleCheckTimeoutId = null;
          this.checkPendingRequests();
        },
        throttled > 0 ? throttled : CHECK_PENDING_REQUESTS_MS,
      );
    };
    return requestQueue;
  },
};
