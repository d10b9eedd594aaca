import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

type End = 'client' | 'server';
export type Direction = 'both ways' | 'to the server' | 'from the server';

/** A network link that can be cut: bytes then wait, as packets do, and neither side gets an error. */
export interface Wire {
  /** How many connections were ever opened. */
  opened: () => number;
  cut: (direction: Direction) => void;
  /**
   * Closes all connections, and every new one once this many pieces have come from this end: in the middle of the login, before the
   * client can use the connection.
   */
  breakOff: (end: End, pieces: number) => void;
  /** How many new connections `breakOff` has closed. */
  brokenOff: () => number;
  mend: () => void;
  close: () => Promise<void>;
}

/** A wire to one server. */
export interface Link extends Wire {
  /** Where clients connect to. */
  readonly port: number;
  leadTo: (port: number) => void;
}

/** Wires to the servers of one cluster. Each call applies to all of them. */
export const asOneWire = (wires: readonly Wire[]): Wire => ({
  opened: () => wires.reduce((sum, wire) => sum + wire.opened(), 0),
  cut: (direction) => {
    for (const wire of wires) wire.cut(direction);
  },
  breakOff: (end, pieces) => {
    for (const wire of wires) wire.breakOff(end, pieces);
  },
  brokenOff: () => wires.reduce((sum, wire) => sum + wire.brokenOff(), 0),
  mend: () => {
    for (const wire of wires) wire.mend();
  },
  close: async () => {
    await Promise.all(wires.map((wire) => wire.close()));
  },
});

type Pair = { readonly client: Socket; readonly server: Socket };

export const openLink = async (): Promise<Link> => {
  const pairs = new Set<Pair>();
  let serverPort = 0;
  let breaking: { readonly end: End; readonly pieces: number } | undefined;
  let broken = 0;
  let opened = 0;
  let cutDirection: Direction | undefined;
  /** Events that the sides must not notice during the cut. */
  let postponed: (() => void)[] = [];

  const unlessCut = (work: () => void): void => {
    if (cutDirection === undefined) work();
    else postponed.push(work);
  };

  const isOpen = (direction: Direction): boolean =>
    cutDirection !== 'both ways' && cutDirection !== direction;

  const flow = ({ client, server }: Pair): void => {
    for (const [from, to, direction] of [
      [client, server, 'to the server'],
      [server, client, 'from the server'],
    ] as const) {
      from.unpipe(to);
      if (isOpen(direction)) from.pipe(to);
      else from.pause();
    }
  };

  const join = (client: Socket): void => {
    if (client.destroyed) return;
    opened += 1;
    const pair = { client, server: connect(serverPort, '127.0.0.1') };
    pairs.add(pair);
    for (const [side, other] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      side.setNoDelay(true);
      side.on('error', () => side.destroy());
      side.on('close', () => {
        unlessCut(() => {
          other.destroy();
          pairs.delete(pair);
        });
      });
    }
    if (breaking !== undefined) breakAt(pair, breaking);
    flow(pair);
  };

  const destroy = ({ client, server }: Pair): void => {
    client.destroy();
    server.destroy();
  };

  /** Closes the connections when the last piece arrives, before the other side gets the piece. */
  const breakAt = (pair: Pair, { end, pieces }: NonNullable<typeof breaking>): void => {
    let piecesLeft = pieces;
    pair[end].on('data', () => {
      piecesLeft -= 1;
      if (piecesLeft > 0 || breaking === undefined) return;
      if (!pair.client.destroyed) broken += 1;
      destroy(pair);
    });
  };

  const listener = createServer((client) => {
    client.on('error', () => client.destroy());
    unlessCut(() => {
      join(client);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  const change = (to: Direction | undefined): void => {
    cutDirection = to;
    for (const pair of pairs) flow(pair);
  };

  return {
    port: (listener.address() as AddressInfo).port,
    leadTo: (port) => {
      serverPort = port;
    },
    opened: () => opened,
    cut: change,
    breakOff: (end, pieces) => {
      breaking = { end, pieces };
      broken = 0;
      pairs.forEach(destroy);
    },
    brokenOff: () => broken,
    mend: () => {
      breaking = undefined;
      change(undefined);
      const due = postponed;
      postponed = [];
      for (const work of due) work();
    },
    close: async () => {
      cutDirection = undefined;
      listener.close();
      pairs.forEach(destroy);
      await once(listener, 'close');
    },
  };
};
