/** How many decisions were (or would be) forgotten, and how many could not be forgotten, by reason. */
export type Counts = {
  readonly forgotten: number;
  /** Not known to be emitted. */
  readonly notYetEmitted: number;
  /** Not known to be emitted, and their cluster is retired. */
  readonly ofRetiredCluster: number;
  /** Written with another version of the schemas, or damaged. */
  readonly unreadable: number;
};

export type Tally = {
  add(channelId: string, kind: keyof Counts): void;
  /** Channels with anything to tell, in order. */
  channels(): readonly (Counts & { readonly channelId: string })[];
  total(): Counts;
};

const NONE: Counts = { forgotten: 0, notYetEmitted: 0, ofRetiredCluster: 0, unreadable: 0 };

export const createTally = (): Tally => {
  const byChannel = new Map<string, Counts>();
  const total = { ...NONE };
  return {
    add: (channelId, kind) => {
      const counts = byChannel.get(channelId) ?? NONE;
      byChannel.set(channelId, { ...counts, [kind]: counts[kind] + 1 });
      total[kind] += 1;
    },
    channels: () => [...byChannel].map(([channelId, counts]) => ({ channelId, ...counts })),
    total: () => total,
  };
};
