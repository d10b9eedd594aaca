import type { Patch } from './patch.ts';
import { isUnreachable } from './unreachable.ts';

type ConsumerGroup = { fetch(nodeId: string): Promise<unknown> };

/**
 * If the brokers are away for more than some seconds, the retries of a fetch's connection are used up, and kafkajs throws an error that is
 * not retriable. The consumer crashes and returns as a new member, which the group does not admit until the old member's session has
 * expired. Repeating a fetch does no harm, so this patch makes the error retriable, for any number of retries.
 */
export const lastingOutage: Patch = {
  module: 'consumer/consumerGroup.js',
  apply: (consumerGroup: { prototype: ConsumerGroup }) => {
    const fetch = Reflect.get(consumerGroup.prototype, 'fetch');
    consumerGroup.prototype.fetch = function (this: ConsumerGroup, nodeId) {
      return fetch.call(this, nodeId).catch((thrown: unknown) => {
        if (isUnreachable(thrown)) Object.assign(thrown, { retriable: true });
        throw thrown;
      });
    };
    return consumerGroup;
  },
};
