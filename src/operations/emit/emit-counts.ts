import type { Fate } from './emit-fates.ts';
import type { EventLane } from './emit-source.ts';
import type { PurgedEvents } from './purged-events.ts';

type LaneCounts = Readonly<Pick<EventLane, 'topic' | 'partition' | 'from' | 'to'>> &
  Record<(typeof COUNTS)[Fate], number>;

/** `purged` counts all purged events of the range, whether the topic still has them or not. */
export type EmitCounts = Readonly<
  Record<'sent' | 'sentBefore' | 'doubled' | 'purged' | 'copies' | 'strays', number>
> & { readonly partitions: readonly LaneCounts[] };

const COUNTS = {
  sent: 'sent',
  'sent-before': 'sentBefore',
  doubled: 'doubled',
  purged: 'purged',
  copy: 'copies',
  stray: 'strays',
  'other-channel': 'otherChannels',
} as const satisfies Record<Fate, string>;

export const createEmitCounts = (lanes: readonly EventLane[]) => {
  const counts = new Map(
    lanes.map((lane): [EventLane, LaneCounts] => {
      const { topic, partition, from, to } = lane;
      const none = { sent: 0, sentBefore: 0, doubled: 0, purged: 0, copies: 0, strays: 0, otherChannels: 0 };
      return [lane, { topic, partition, from, to, ...none }];
    }),
  );
  const sum = (fate: (typeof COUNTS)[Fate]): number =>
    [...counts.values()].reduce((total, lane) => total + lane[fate], 0);
  return {
    add: (lane: EventLane, fate: Fate): void => {
      const laneCounts = counts.get(lane);
      if (laneCounts !== undefined) laneCounts[COUNTS[fate]] += 1;
    },
    result: ({ count }: Pick<PurgedEvents, 'count'>): EmitCounts => ({
      sent: sum('sent'),
      sentBefore: sum('sentBefore'),
      doubled: sum('doubled'),
      purged: count,
      copies: sum('copies'),
      strays: sum('strays'),
      partitions: [...counts.values()],
    }),
  };
};
