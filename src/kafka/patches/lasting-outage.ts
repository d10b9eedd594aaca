import type { Patch } from './patch.ts';

type ConsumerGroup = { fetch(nodeId: string): Promise<unknown> };

/** What is thrown when no broker could be reached; it stands somewhere among the causes of what a fetch throws. */
const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
]);

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

const isUnreachable = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && (UNREACHABLE.has(thrown.name) || isUnreachable(thrown.cause));
