import type { Socket } from 'node:net';

export type Direction = 'both' | 'to the server' | 'to the client';

/** The network between clients and a server. As with real cables, bytes that are sent during a cut arrive after it. */
export type Link = {
  cut(direction: Direction): void;
  heal(): void;
  /** Puts one connection on the link. */
  join(client: Socket, server: Socket): void;
};

export const createLink = (): Link => {
  const connections = new Set<{ readonly client: Socket; readonly server: Socket }>();
  let broken: Direction | null = null;

  /** Without reading from a socket, one learns nothing about its other end, not even that it has closed. */
  const apply = ({ client, server }: { readonly client: Socket; readonly server: Socket }): void => {
    if (broken === 'both' || broken === 'to the server') client.pause();
    else client.resume();
    if (broken === 'both' || broken === 'to the client') server.pause();
    else server.resume();
  };

  const set = (direction: Direction | null): void => {
    broken = direction;
    connections.forEach(apply);
  };

  return {
    cut: set,
    heal: () => {
      set(null);
    },
    join: (client, server) => {
      const connection = { client, server };
      connections.add(connection);
      apply(connection);
      server.once('close', () => connections.delete(connection));
    },
  };
};
