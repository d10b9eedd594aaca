/**
 * Limits the number of connections. At the limit, the address with the most connections loses one. If new connections were refused instead,
 * a client that holds all connections would lock the probes out.
 */
export type LimitedConnection = {
  isBusy(): boolean;
  destroy(): void;
};

export type ConnectionLimit = {
  add(address: string, connection: LimitedConnection): void;
  remove(connection: LimitedConnection): void;
};

export const createConnectionLimit = (limit: number): ConnectionLimit => {
  /** The address of each connection, oldest connection first. */
  const addresses = new Map<LimitedConnection, string>();

  const connectionsOfBusiestAddress = (): readonly LimitedConnection[] => {
    const byAddress = new Map<string, LimitedConnection[]>();
    for (const [connection, address] of addresses) {
      const connections = byAddress.get(address);
      if (connections === undefined) byAddress.set(address, [connection]);
      else connections.push(connection);
    }
    return [...byAddress.values()].reduce((a, b) => (b.length > a.length ? b : a));
  };

  return {
    add: (address, connection) => {
      addresses.set(connection, address);
      if (addresses.size <= limit) return;
      // Spare the newest connection: if all the others looked busy, the newest would be closed each time.
      const others = connectionsOfBusiestAddress().filter((other) => other !== connection);
      const closed = others.find((other) => !other.isBusy()) ?? others[0] ?? connection;
      addresses.delete(closed);
      closed.destroy();
    },
    remove: (connection) => void addresses.delete(connection),
  };
};
