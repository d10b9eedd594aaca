import type { Patch } from './patch.ts';

type Address = { readonly host?: string; readonly port?: number; readonly rack?: string };
type CreatePoolBuilder = (options: { readonly brokers: readonly string[] }) => {
  build(address?: Address): Promise<object>;
};

/** kafkajs splits a configured broker at its first colon, so an IPv6 address (`[::1]:9092`) becomes a host named `[`. */
export const seedBrokers: Patch = {
  module: 'cluster/connectionPoolBuilder.js',
  apply:
    (createPoolBuilder: CreatePoolBuilder): CreatePoolBuilder =>
    (options) => {
      const builder = createPoolBuilder(options);
      const seeds = options.brokers.map(addressOf);
      let next = 0;
      return {
        build: (address) =>
          builder.build(address?.host === undefined ? seeds[next++ % seeds.length] : address),
      };
    },
};

const addressOf = (broker: string): Address => {
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(broker.slice(colon + 1)) };
};
