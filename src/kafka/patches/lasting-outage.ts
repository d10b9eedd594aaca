import type { Patch } from './patch.ts';
import { isUnreachable } from './unreachable.ts';

type ConsumerGroup = { fetch(nodeId: string): Promise<unknown> };

/**
 * When brokers are away for more than some seconds, the retries of a fetch's own connection are used up, and kafkajs calls that an
 * error that trying again cannot help: the consumer crashes, and comes back as a new member, which the group does not let in before
 * the old one's session has expired. A fetch does no harm, so it is tried again for as long as it takes.
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
