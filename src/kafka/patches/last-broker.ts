import type { Patch } from './patch.ts';

type Address = { readonly host: string; readonly port: number };
type BrokerPool = {
  readonly brokers: Readonly<Record<string, object>>;
  metadataExpireAt: number | null;
  removeBroker(address: Address): void;
};

/**
 * A broker that closes a connection is forgotten until the next metadata. Where it was the only one left, the consumer finds none
 * at all, crashes, and comes back as a new member, which the group does not let in before the old one's session has expired. The
 * last one is kept: it reconnects, or the list of brokers is tried from its beginning.
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
