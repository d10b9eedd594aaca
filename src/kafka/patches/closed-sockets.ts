import type { Socket } from 'node:net';
import type { Patch } from './patch.ts';

type Connection = {
  readonly host: string;
  readonly port: number;
  readonly requestQueue: {
    readonly inflight: ReadonlyMap<number, unknown>;
    readonly pending: readonly unknown[];
    rejectAll(error: Error): void;
  };
  /** Waits for the answer to a login. */
  readonly authHandlers: { onError(): void } | null;
  readonly socket?: Socket | null;
  disconnect(): Promise<unknown>;
};
type ConnectionClosed = new (message: string, address: object) => Error;

/**
 * kafkajs accepts requests until a connection is closed, but rejects only those that it knew before. A request that comes while kafkajs closes
 * the socket is never answered, and has no timeout any longer: it hangs for ever. So does a login whose connection was reset. This patch
 * rejects what is left when the socket is closed.
 */
export const closedSockets = (errors: () => { readonly ConnectionClosed: ConnectionClosed }): Patch => ({
  module: 'network/connection.js',
  apply: (connection: { prototype: Connection }) => {
    const disconnect = Reflect.get(connection.prototype, 'disconnect');
    connection.prototype.disconnect = async function (this: Connection) {
      const ended = await disconnect.call(this);
      const { host, port, requestQueue, authHandlers, socket } = this;
      // During an outage every retry disconnects again. On a closed socket, each unref() would leave one more listener.
      if (socket?.destroyed === true) socket.off('connect', socket.unref);
      authHandlers?.onError();
      if (requestQueue.inflight.size + requestQueue.pending.length > 0)
        requestQueue.rejectAll(new (errors().ConnectionClosed)('Closed connection', { host, port }));
      return ended;
    };
    return connection;
  },
});
