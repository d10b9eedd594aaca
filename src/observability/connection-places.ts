/**
 * Limits the number of connections. At the limit, the address with the most connections loses one. If new connections were refused instead,
 * a client that holds all connections would lock the probes out.
 */
export type Guest = {
  isBusy(): boolean;
  destroy(): void;
};

export type ConnectionPlaces = {
  take(address: string, guest: Guest): void;
  leave(guest: Guest): void;
};

export const createConnectionPlaces = (most: number): ConnectionPlaces => {
  /** Oldest connection first. */
  const guests = new Map<Guest, string>();

  const mostCrowded = (): readonly Guest[] => {
    const crowds = new Map<string, Guest[]>();
    for (const [guest, address] of guests) {
      const crowd = crowds.get(address);
      if (crowd === undefined) crowds.set(address, [guest]);
      else crowd.push(guest);
    }
    return [...crowds.values()].reduce((one, other) => (other.length > one.length ? other : one));
  };

  return {
    take: (address, guest) => {
      guests.set(guest, address);
      if (guests.size <= most) return;
      // Spare the newest connection: if all the others looked busy, the newest would be the victim each time.
      const crowd = mostCrowded().filter((other) => other !== guest);
      const victim = crowd.find((other) => !other.isBusy()) ?? crowd[0] ?? guest;
      guests.delete(victim);
      victim.destroy();
    },
    leave: (guest) => void guests.delete(guest),
  };
};
