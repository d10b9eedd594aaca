import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createLink, type Link } from './link.ts';

export type Address = { readonly host: string; readonly port: number };

/** Carries bytes between the ends, and decides what happens to one end when the other has closed. */
export type Carrier = (client: Socket, server: Socket) => void;

export type TcpProxy = {
  readonly port: number;
  readonly link: Link;
  close(): Promise<void>;
};

export const HERE = '127.0.0.1';

/** Stands in front of a server. */
export const startTcpProxy = async (
  upstream: Address,
  { carry = carryAll, link = createLink() }: { carry?: Carrier; link?: Link } = {},
): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    // Any error at one end closes it, and the carrier then handles the other end.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  };
  const listener = createServer((client) => {
    const server = connect(upstream);
    keep(client);
    keep(server);
    carry(client, server);
    link.join(client, server);
  });
  listener.listen(0, HERE);
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    link,
    close: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await once(listener, 'close');
    },
  };
};

const carryAll: Carrier = (client, server) => {
  client.on('data', (chunk) => server.write(chunk));
  server.on('data', (chunk) => client.write(chunk));
  client.once('close', () => server.destroy());
  server.once('close', () => client.destroy());
};
