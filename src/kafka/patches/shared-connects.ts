import type { Patch } from './patch.ts';

type Connection = { connect(): Promise<unknown> };

const connecting = new WeakMap<Connection, Promise<unknown>>();

/**
 * Requests that find a connection closed each open a socket of their own, of which only the last is ever closed again: two fetches
 * begun together leak one. They wait for the same socket now.
 */
export const sharedConnects: Patch = {
  module: 'network/connection.js',
  apply: (connection: { prototype: Connection }) => {
    const connect = Reflect.get(connection.prototype, 'connect');
    connection.prototype.connect = function (this: Connection) {
      const begun = connecting.get(this);
      if (begun !== undefined) return begun;
      const opened = connect.call(this).finally(() => connecting.delete(this));
      connecting.set(this, opened);
      return opened;
    };
    return connection;
  },
};
