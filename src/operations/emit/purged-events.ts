/**
 * Finds the purged events of a range. An event is purged if retention removed it, if the file lacks it, or if its personal data was
 * forgotten. Postgres still knows that the event was emitted.
 */
import { createOffsetSet } from '../../kafka/read/offset-set.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { identityOfEvent, streamOf, type EventIdentity } from '../../kafka/records/replayed-events.ts';
import { replayOf } from '../../kafka/records/source-position.ts';
import type { LeaseScope } from '../../postgres/lease/lease-scope.ts';
import type { Database } from '../../postgres/pool.ts';
import {
  countEmittedDecisions,
  readForgottenDecisions,
  type NamedDecision,
} from '../../postgres/replay/emitted-decisions.ts';
import { createStoredDecisions } from '../../postgres/replay/stored-decisions.ts';
import type { Outcome } from '../../processor/ports/decision-store.ts';
import type { EventType } from '../../wire/event-types.ts';
import type { Where } from '../history/range.ts';
import type { EventLane, EventSource } from './emit-source.ts';

export type PurgedEvent = NamedDecision & {
  readonly type: EventType;
  readonly why: 'removed' | 'forgotten';
};

export type PurgedEvents = {
  readonly count: number;
  /** The first purged events, to name in an error. */
  readonly named: readonly PurgedEvent[];
  /** True if the personal data of the event was forgotten. */
  readonly isPurged: (event: EventIdentity) => boolean;
};

export type PurgedDeps = {
  readonly reader: PartitionReader;
  readonly pool: Database;
  readonly scope: LeaseScope;
};

export type PurgedRequest = {
  readonly source: EventSource;
  readonly from: Where;
  readonly to: Where;
  readonly channelId: string | undefined;
};

const MAX_NAMED = 20;

const OUTCOMES: Readonly<Record<EventType, Outcome>> = {
  'run.closed': 'closed',
  'run.summary': 'closed',
  'run.close.rejected': 'rejected',
};

export const findPurged = async (deps: PurgedDeps, request: PurgedRequest): Promise<PurgedEvents> => {
  const { source, channelId } = request;
  let count = 0;
  const named: PurgedEvent[] = [];
  const forgotten = createOffsetSet();
  const collect = (
    type: EventType,
    why: PurgedEvent['why'],
    first: readonly NamedDecision[],
    all: number,
  ) => {
    count += all;
    for (const decision of first.slice(0, MAX_NAMED - named.length)) named.push({ type, why, ...decision });
  };

  const missing = source.kind === 'file' ? await missingInFile(deps, request) : null;
  for (const lane of source.lanes) {
    const removed = missing?.get(lane) ?? (await removedFromTopic(deps, lane, request));
    collect(lane.type, 'removed', removed.first, removed.count);
  }
  for (const lane of source.lanes) {
    const all = await readForgottenDecisions(deps.pool, deps.scope, lane.partition);
    const wanted = all.filter(
      (each) =>
        each.outcome === OUTCOMES[lane.type] && (channelId === undefined || each.channelId === channelId),
    );
    if (wanted.length === 0) continue;
    const [first, last] = await sourcesOf(deps.reader, source, lane);
    const inRange = wanted.filter(({ offset }) => first <= offset && offset <= last);
    collect(lane.type, 'forgotten', inRange, inRange.length);
    for (const { partition, offset } of inRange)
      forgotten.add(
        streamOf({ type: lane.type, source: { topic: deps.scope.topic, partition, offset } }),
        offset,
      );
  }
  return { count, named, isPurged: (event) => forgotten.has(streamOf(event), event.source.offset) };
};

type Found = { readonly count: number; readonly first: readonly NamedDecision[] };

/**
 * Counts the events of the range that retention removed from the topic. Retention removes the oldest events, so these are the events that
 * Postgres knows before the first event in the topic.
 */
const removedFromTopic = async (
  { reader, pool, scope }: PurgedDeps,
  lane: EventLane,
  { from, to, channelId }: PurgedRequest,
): Promise<Found> => {
  const [bounds] = await reader.bounds([lane]);
  const { low = 0, stable = 0 } = bounds ?? {};
  const most = mostRemoved(low, lane, from, to);
  if (lane.from > low || most === 0) return { count: 0, first: [] };
  return countEmittedDecisions(pool, scope, {
    partition: lane.partition,
    outcome: OUTCOMES[lane.type],
    before: await firstSource(reader, { ...lane, from: low, to: stable }),
    since: from.kind === 'time' ? from.time : null,
    until: to.kind === 'time' ? to.time : null,
    channelId: channelId ?? null,
    most,
    named: MAX_NAMED,
  });
};

/** The greatest number of removed records that the range can include. */
const mostRemoved = (low: number, { partition }: EventLane, from: Where, to: Where): number => {
  const end = offsetIn(to, partition) ?? Infinity;
  const begin = from.kind === 'latest' ? Infinity : (offsetIn(from, partition) ?? null);
  if (begin === null) return from.kind === 'offsets' ? 0 : Number.MAX_SAFE_INTEGER;
  return Math.max(0, Math.min(low, end) - begin);
};

const offsetIn = (place: Where, partition: number): number | undefined => {
  if (place.kind === 'offset') return place.offset;
  return place.kind === 'offsets' ? place.offsets.get(partition) : undefined;
};

const missingInFile = async (
  { pool, scope }: PurgedDeps,
  { source, channelId }: PurgedRequest,
): Promise<ReadonlyMap<EventLane, Found>> => {
  const present = createOffsetSet();
  for await (const events of source.events()) {
    for (const { record } of events) {
      const event = identityOfEvent(record.headers);
      if (event !== null) present.add(streamOf(event), event.source.offset);
    }
  }
  const stored = createStoredDecisions(pool, scope);
  const missing = new Map<EventLane, Found>();
  for (const lane of source.lanes) {
    const { type, partition } = lane;
    const lost: NamedDecision[] = [];
    let count = 0;
    for (let from = lane.from; from < lane.to; from += PAGE) {
      for (const decision of await stored.inRange({ partition, from, to: Math.min(lane.to, from + PAGE) })) {
        const { offset, outcome } = decision;
        const event = { type, source: { topic: scope.topic, partition, offset } };
        if (outcome !== OUTCOMES[type] || present.has(streamOf(event), offset)) continue;
        if (channelId !== undefined && decision.channelId !== channelId) continue;
        count += 1;
        if (lost.length < MAX_NAMED) lost.push(decision);
      }
    }
    missing.set(lane, { count, first: lost });
  }
  return missing;
};

const PAGE = 1_000;

/** The offsets of the first and the last command whose events the lane holds. */
const sourcesOf = async (
  reader: PartitionReader,
  source: EventSource,
  lane: EventLane,
): Promise<readonly [number, number]> => {
  if (source.kind === 'file') return [lane.from, lane.to - 1];
  const first = await firstSource(reader, lane);
  if (first === null) return [Infinity, -Infinity];
  let last: number | null = null;
  for (let step = 64, to = lane.to; last === null && to > lane.from; to -= step, step *= 4)
    last = await lastSource(reader, { ...lane, from: Math.max(lane.from, to - step), to });
  return [first, last ?? first];
};

const firstSource = async (reader: PartitionReader, lane: EventLane): Promise<number | null> => {
  for await (const offset of sourcesIn(reader, lane)) return offset;
  return null;
};

const lastSource = async (reader: PartitionReader, lane: EventLane): Promise<number | null> => {
  let last: number | null = null;
  for await (const offset of sourcesIn(reader, lane)) last = offset;
  return last;
};

async function* sourcesIn(reader: PartitionReader, lane: EventLane): AsyncGenerator<number> {
  for await (const { headers } of reader.read([lane])) {
    const event = replayOf(headers) === null ? identityOfEvent(headers) : null;
    if (event?.type === lane.type) yield event.source.offset;
  }
}
