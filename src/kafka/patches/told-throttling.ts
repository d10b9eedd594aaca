import type { Patch } from './patch.ts';

type RequestQueue = {
  readonly broker: string;
  readonly logger: { info(message: string, facts: ThrottlingFacts): void };
  maybeThrottle(ms: number | null): void;
};

/** The facts that go with the message in the client's log: see client.ts. */
export type ThrottlingFacts = { readonly throttledBy: string; readonly throttledMs: number };

/**
 * A broker that throttles this client still answers normally. kafkajs waits as long as the broker says, but logs that only for debugging.
 */
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
