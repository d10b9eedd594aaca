export const SERVERS = ['kafka', 'registry', 'processor'] as const;
export type Server = (typeof SERVERS)[number];

/** Which servers the test has taken away. */
export type MemoryServers = {
  isAway(server: Server): boolean;
  take(server: Server): void;
  /** Calls everybody who listens. */
  bringBack(server: Server): void;
  /** Calls back each time that a server comes back. Returns a function that forgets the callback. */
  onBack(callback: () => void): () => void;
};

export const createMemoryServers = (): MemoryServers => {
  const away = new Set<Server>();
  const callbacks = new Set<() => void>();
  return {
    isAway: (server) => away.has(server),
    take: (server) => {
      away.add(server);
    },
    bringBack: (server) => {
      away.delete(server);
      for (const callback of [...callbacks]) callback();
    },
    onBack: (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
};
