import type { Patch } from './patch.ts';

type Address = { readonly host: string; readonly port: number };
type BrokerPool = {
  readonly brokers: Readonly<Record<string, object>>;
  metadataExpireAt: number | null;
  removeBroker(address: Address): void;
};

/**
 * kafkajs forgets a broker that closes a connection until the next metadata. If it was the only broker left, the consumer finds no broker,
 * crashes and returns as a new member, which the group does not admit until the old member's session has expired. This patch keeps the last
 * broker: kafkajs reconnects to it, or tries the configured brokers again.
 */
export const lastBroker: Patch = {
  module: 'cluster/brokerPool.js',
  apply: (brokerPool: { prototype: BrokerPool }) => {
    const removeBroker = Reflect.get(brokerPool.prototype, 'removeBroker');
    brokerPool.prototype.removeBroker = function (this: BrokerPool, address) {
      if (Object.keys(this.brokers).length > 1) removeBroker.call(this, address);
      else this.metadataExpireAt = null;
    };
    return brokerPool;
  },
};
