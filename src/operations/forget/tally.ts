/** How many decisions there were of each kind; the first was forgotten, or would be, and the others could not. */
export type Counts = {
  readonly forgotten: number;
  /** Not known to be emitted. */
  readonly notYetEmitted: number;
  /** Not known to be emitted, by a cluster in whose place another was adopted. */
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
