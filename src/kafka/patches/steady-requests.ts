import type { Patch } from './patch.ts';

type Request = { readonly requestTimeout: number; timeoutRequest(): void };

type RequestQueue = {
  readonly enforceRequestTimeout: boolean;
  readonly requestTimeout: number;
  readonly inflight: ReadonlyMap<number, Request>;
  readonly maxInFlightRequests: number | null;
  /** As `performance.now()` tells it. */
  throttledUntil: number;
  requestTimeoutIntervalId: NodeJS.Timeout | null;
  isConnected(): boolean;
  destroy(): void;
  scheduleRequestTimeoutCheck(): void;
  sendSocketRequest(request: Request): void;
  maybeThrottle(ms: number | null): void;
  canSendSocketRequestImmediately(): boolean;
};

const LOOK_MS = 100;

/**
 * kafkajs measures by the wall clock how long a request waits and how long a broker throttles. If the clock is set forward, every request
 * in flight times out. If the clock is set back by an hour, a lost request times out an hour late, and a throttled connection sends nothing
 * for an hour.
 */
export const steadyRequests: Patch = {
  module: 'network/requestQueue/index.js',
  apply: (queue: { prototype: RequestQueue }) => {
    const sentAt = new WeakMap<Request, number>();
    const send = Reflect.get(queue.prototype, 'sendSocketRequest');
    queue.prototype.sendSocketRequest = function (this: RequestQueue, request) {
      sentAt.set(request, performance.now());
      send.call(this, request);
    };
    queue.prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue) {
      if (!this.enforceRequestTimeout) return;
      this.destroy();
      this.requestTimeoutIntervalId = setInterval(
        () => {
          const now = performance.now();
          for (const request of this.inflight.values())
            if (now - (sentAt.get(request) ?? now) > request.requestTimeout) request.timeoutRequest();
          if (!this.isConnected()) this.destroy();
        },
        Math.min(this.requestTimeout, LOOK_MS),
      );
    };
    queue.prototype.maybeThrottle = function (this: RequestQueue, ms) {
      if (ms !== null && ms > 0) this.throttledUntil = Math.max(performance.now() + ms, this.throttledUntil);
    };
    queue.prototype.canSendSocketRequestImmediately = function (this: RequestQueue) {
      const isFull = this.maxInFlightRequests !== null && this.inflight.size >= this.maxInFlightRequests;
      return !isFull && this.throttledUntil <= performance.now();
    };
    return queue;
  },
};
