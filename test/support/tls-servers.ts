import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export type LocalServer = { readonly port: number; close(): Promise<void> };

/** Starts a server that completes the TLS handshake and then sends nothing. */
export const startTlsServer = (options: TlsOptions): Promise<LocalServer> => {
  const server = createTlsServer(options);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined));
  return started(server);
};

/** Starts a server that closes each connection at its first bytes, as a broker does that does not understand them. */
export const startClosingServer = (): Promise<LocalServer> =>
  started(createPlainServer((socket) => socket.once('data', () => socket.destroy())));

/** Starts a server that gives the same answer to all requests. */
export const startHttpsServer = (
  options: TlsOptions,
  { status, body }: { readonly status: number; readonly body: string },
): Promise<LocalServer> =>
  started(
    createHttpsServer(options, (_request, response) => {
      response.writeHead(status).end(body);
    }),
  );

const started = async (server: Server): Promise<LocalServer> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
