import { sha256 } from '../../processor/sha256.ts';
import type { ClosedRunEvent } from '../closed-runs.ts';

/** What happened to an event that arrived. */
export type Arrival =
  /** Its turn has come. */
  | { readonly kind: 'next'; readonly item: ClosedRunEvent }
  /** The channel's first event. `missed` runs before it are missing. */
  | { readonly kind: 'beginning'; readonly missed: number }
  /** It came after events of later runs, which were held back for it. */
  | { readonly kind: 'reordered'; readonly item: ClosedRunEvent; readonly behind: number }
  /** It came too late: later runs were already checked without it. */
  | { readonly kind: 'late'; readonly item: ClosedRunEvent; readonly behind: number }
  /** The same event again. `first` is null if the first one was too long ago to be remembered. */
  | { readonly kind: 'doubled'; readonly item: ClosedRunEvent; readonly first: Known | null }
  /** Another event has its sequence. */
  | { readonly kind: 'taken'; readonly item: ClosedRunEvent; readonly first: Known }
  /** These runs are missing. `item` is the first event after them. */
  | { readonly kind: 'missing'; readonly from: number; readonly to: number; readonly item: ClosedRunEvent };

/** What is remembered of an earlier event. `content` is a hash. */
export type Known = { readonly eventId: string; readonly position: string; readonly content: string };

export type SequenceOrder = {
  take(item: ClosedRunEvent): readonly Arrival[];
  /** Releases the events that still wait for an earlier one. */
  end(): readonly Arrival[];
};

/** At most this many events wait for a missing one. */
const MAX_WAITING_RUNS = 8;
/** How many of the last events are remembered, to recognise copies. */
const MAX_RECENT_EVENTS = 16;
/** How many of the last gaps are remembered, to recognise late events. */
const MAX_GAPS = 64;

/** Brings one channel's events into the order of their sequences. Keeps only a few events in memory. */
export const createSequenceOrder = (): SequenceOrder => {
  const waiting = new Map<number, ClosedRunEvent>();
  const recent = new Map<number, Known>();
  const gaps: { readonly from: number; readonly to: number }[] = [];
  let next: number | null = null;

  const pass = (item: ClosedRunEvent): Arrival => {
    recent.set(item.event.sequence, knownOf(item));
    if (recent.size > MAX_RECENT_EVENTS) recent.delete(Math.min(...recent.keys()));
    next = item.event.sequence + 1;
    return { kind: 'next', item };
  };

  const passWaiting = (): Arrival[] => {
    const passed: Arrival[] = [];
    for (let item = waiting.get(next ?? 0); item !== undefined; item = waiting.get(next ?? 0)) {
      waiting.delete(item.event.sequence);
      passed.push(pass(item));
    }
    return passed;
  };

  /** Gives up waiting for the missing runs, and continues after them. */
  const jump = (): Arrival[] => {
    const to = Math.min(...waiting.keys()) - 1;
    const item = waiting.get(to + 1);
    if (item === undefined) return [];
    const from = next ?? 1;
    gaps.push({ from, to });
    if (gaps.length > MAX_GAPS) gaps.shift();
    next = to + 1;
    return [{ kind: 'missing', from, to, item }, ...passWaiting()];
  };

  const repeated = (item: ClosedRunEvent, first: Known): Arrival =>
    first.eventId === item.event.eventId ? { kind: 'doubled', item, first } : { kind: 'taken', item, first };

  const takeOld = (item: ClosedRunEvent, behind: number): Arrival => {
    const { sequence } = item.event;
    const first = recent.get(sequence);
    if (first !== undefined) return repeated(item, first);
    const isMissing = gaps.some(({ from, to }) => sequence >= from && sequence <= to);
    if (!isMissing) return { kind: 'doubled', item, first: null };
    return { kind: 'late', item, behind };
  };

  return {
    take: (item) => {
      const { sequence } = item.event;
      if (next === null) {
        if (sequence > 1) gaps.push({ from: 1, to: sequence - 1 });
        return [{ kind: 'beginning', missed: sequence - 1 }, pass(item)];
      }
      if (sequence < next) return [takeOld(item, next - 1)];
      if (sequence === next) {
        const behind = Math.max(...waiting.keys());
        const reordered: Arrival[] = waiting.size > 0 ? [{ kind: 'reordered', item, behind }] : [];
        return [...reordered, pass(item), ...passWaiting()];
      }
      const first = waiting.get(sequence);
      if (first !== undefined) return [repeated(item, knownOf(first))];
      waiting.set(sequence, item);
      return waiting.size > MAX_WAITING_RUNS ? jump() : [];
    },
    end: () => {
      const arrivals: Arrival[] = [];
      while (waiting.size > 0) arrivals.push(...jump());
      return arrivals;
    },
  };
};

export const knownOf = ({ event, position }: ClosedRunEvent): Known => ({
  eventId: event.eventId,
  position,
  content: sha256(JSON.stringify(event)).toString('base64'),
});
