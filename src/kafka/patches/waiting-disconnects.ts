import type { Patch } from './patch.ts';

type RequestQueue = {
  emit(event: string): void;
  waitForPendingRequests(): Promise<void>;
  rejectAll(error: Error): void;
};

const waiting = new WeakMap<RequestQueue, Promise<void>>();

const QUEUE_EMPTY = 'requestQueueEmpty';

/**
 * Each disconnect of a broker waits for the requests in flight with its own listener. During an outage, every retry disconnects again, and Node
 * warns of leaked listeners on stderr. If the connection is lost and the requests are rejected, these listeners wait for ever. With this patch
 * all disconnects share one listener, and rejected requests count as done.
 */
export const waitingDisconnects: Patch = {
  module: 'network/requestQueue/index.js',
  apply: (queue: { prototype: RequestQueue }) => {
    const wait = Reflect.get(queue.prototype, 'waitForPendingRequests');
    const rejectAll = Reflect.get(queue.prototype, 'rejectAll');
    queue.prototype.waitForPendingRequests = function (this: RequestQueue) {
      const sharedWait = waiting.get(this);
      if (sharedWait !== undefined) return sharedWait;
      const ended = wait.call(this).finally(() => waiting.delete(this));
      waiting.set(this, ended);
      return ended;
    };
    queue.prototype.rejectAll = function (this: RequestQueue, error) {
      rejectAll.call(this, error);
      this.emit(QUEUE_EMPTY);
    };
    return queue;
  },
};
