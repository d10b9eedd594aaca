import type { Patch } from './patch.ts';

type Broker = { connect(): Promise<void> };

const CONNECTION_LOST = new Set(['KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError']);

/**
 * kafkajs tries the next broker of the list only if the socket could not be opened. If the first broker accepted the connection and then
 * closed it, or did not answer the version exchange or the login, the other brokers were never tried. Such a connection now counts as not
 * opened.
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
