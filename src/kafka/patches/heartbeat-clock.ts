import type { Patch } from './patch.ts';

type ConsumerGroup = {
  /** When the last heartbeat was answered, by the wall clock. */
  lastRequest: number;
  heartbeat(options: object): Promise<void>;
};

/**
 * A heartbeat is due when the wall clock has passed the last one by the interval. Where the clock was put back by an hour, none is
 * sent for an hour: the group drops the member, which goes on with partitions that are no longer its own.
 */
export const heartbeatClock: Patch = {
  module: 'consumer/consumerGroup.js',
  apply: (consumerGroup: { prototype: ConsumerGroup }) => {
    const heartbeat = Reflect.get(consumerGroup.prototype, 'heartbeat');
    consumerGroup.prototype.heartbeat = function (this: ConsumerGroup, options) {
      this.lastRequest = Math.min(this.lastRequest, Date.now());
      return heartbeat.call(this, options);
    };
    return consumerGroup;
  },
};
