import type { Patch } from './patch.ts';

type RequestQueue = {
  readonly broker: string;
  readonly logger: { info(message: string, facts: ThrottlingFacts): void };
  maybeThrottle(ms: number | null): void;
};

/** What the client's log says beside the message: see client.ts. */
export type ThrottlingFacts = { readonly throttledBy: string; readonly throttledMs: number };

/** A broker that throttles this client answers as if all were well. kafkajs waits as long as it is told, and says so to debuggers only. */
export const toldThrottling: Patch = {
  module: 'network/requestQueue/index.js',
  apply: (queue: { prototype: RequestQueue }) => {
    const maybeThrottle = Reflect.get(queue.prototype, 'maybeThrottle');
    queue.prototype.maybeThrottle = function (this: RequestQueue, ms) {
      maybeThrottle.call(this, ms);
      if (ms !== null && ms > 0) this.logger.info('throttled', { throttledBy: this.broker, throttledMs: ms });
    };
    return queue;
  },
};
