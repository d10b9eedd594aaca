/** How many decisions were (or would be) redacted, and how many could not be redacted, by reason. */
export type Counts = {
  readonly forgotten: number;
  /** Not redacted, because nothing shows that the events were emitted. */
  readonly notYetEmitted: number;
  /** Not redacted for the same reason, and their cluster is retired. */
  readonly ofRetiredCluster: number;
  /** Not redacted, because the bodies were written with another version of the schemas, or are damaged. */
  readonly unreadable: number;
};

export type Tally = {
  add(channelId: string, kind: keyof Counts): void;
  /** The channels with a count above 0, in the order in which they were added. */
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
