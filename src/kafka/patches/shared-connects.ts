import type { Patch } from './patch.ts';

type Connection = { connect(): Promise<unknown> };

const connecting = new WeakMap<Connection, Promise<unknown>>();

/**
 * In kafkajs, each request that finds a connection closed opens a socket of its own, but only the last socket is ever closed: two fetches
 * that start together leak one. With this patch, the requests wait for the same socket.
 */
export const sharedConnects: Patch = {
  module: 'network/connection.js',
  apply: (connection: { prototype: Connection }) => {
    const connect = Reflect.get(connection.prototype, 'connect');
    connection.prototype.connect = function (this: Connection) {
      const connectInFlight = connecting.get(this);
      if (connectInFlight !== undefined) return connectInFlight;
      const opened = connect.call(this).finally(() => connecting.delete(this));
      connecting.set(this, opened);
      return opened;
    };
    return connection;
  },
};
