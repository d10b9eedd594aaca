import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A link to a server that can be cut. While it is cut, connections end, and new ones are refused. */
export type CuttableLink = {
  readonly port: number;
  cut(): void;
  heal(): void;
  close(): Promise<void>;
};

export const createCuttableLink = async (host: string, port: number): Promise<CuttableLink> => {
  const sockets = new Set<Socket>();
  let isCut = false;

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };

  const server = createServer((near) => {
    track(near);
    if (isCut) {
      near.destroy();
      return;
    }
    const far = track(connect(port, host));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    heal: () => {
      isCut = false;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
};
