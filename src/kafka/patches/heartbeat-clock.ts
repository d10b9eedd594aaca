import type { Patch } from './patch.ts';

type ConsumerGroup = {
  /** When the last heartbeat was answered, by the wall clock. */
  lastRequest: number;
  heartbeat(options: object): Promise<void>;
};

/**
 * kafkajs sends the next heartbeat when the wall clock is one interval after the last heartbeat. If the clock is set back by an hour, kafkajs
 * sends no heartbeat for an hour. The group drops the member, which continues with partitions that it no longer owns.
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
