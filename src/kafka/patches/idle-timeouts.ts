import type { Patch } from './patch.ts';

type RequestQueue = {
  readonly inflight: ReadonlyMap<number, unknown>;
  readonly requestTimeoutIntervalId: NodeJS.Timeout | null;
  scheduleRequestTimeoutCheck(): void;
  sendSocketRequest(request: unknown): void;
  checkPendingRequests(): void;
};

/**
 * kafkajs looks for late answers with a timer that runs while a connection is open, so a process with an idle connection never ends by
 * itself. With this patch, the timer keeps the process alive only while a request is in flight.
 */
export const idleTimeouts: Patch = {
  module: 'network/requestQueue/index.js',
  apply: (queue: { prototype: RequestQueue }) => {
    const schedule = Reflect.get(queue.prototype, 'scheduleRequestTimeoutCheck');
    const send = Reflect.get(queue.prototype, 'sendSocketRequest');
    const check = Reflect.get(queue.prototype, 'checkPendingRequests');
    queue.prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue) {
      schedule.call(this);
      if (this.inflight.size === 0) this.requestTimeoutIntervalId?.unref();
    };
    queue.prototype.sendSocketRequest = function (this: RequestQueue, request) {
      send.call(this, request);
      if (this.inflight.size > 0) this.requestTimeoutIntervalId?.ref();
    };
    // kafkajs calls this after each answer, and after each request that was given up.
    queue.prototype.checkPendingRequests = function (this: RequestQueue) {
      check.call(this);
      if (this.inflight.size === 0) this.requestTimeoutIntervalId?.unref();
    };
    return queue;
  },
};
