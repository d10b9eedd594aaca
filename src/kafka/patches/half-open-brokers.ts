import type { Patch } from './patch.ts';

type Broker = { connect(): Promise<void> };

const CONNECTION_LOST = new Set(['KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError']);

/**
 * A broker that accepts a connection and then closes it, or answers nothing, during the version exchange or the login has not been
 * connected to. kafkajs moves on to the next broker of the list only if the socket itself could not be opened, so the first broker
 * of the list, half-open, kept the others from being tried.
 */
export const halfOpenBrokers: Patch = {
  module: 'broker/index.js',
  apply: (broker: { prototype: Broker }) => {
    const connect = Reflect.get(broker.prototype, 'connect');
    broker.prototype.connect = async function (this: Broker) {
      try {
        await connect.call(this);
      } catch (thrown) {
        if (thrown instanceof Error && CONNECTION_LOST.has(thrown.name)) {
          thrown.name = 'KafkaJSConnectionError';
        }
        throw thrown;
      }
    };
    return broker;
  },
};
