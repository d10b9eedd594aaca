/**
 * After Postgres lost commits, decisions are made again and compared with the events that were emitted (fold again and compare, R2 of
 * docs/adr/0002-six-rules-for-effectively-once.md).
 */
import { noLongerDecodable, type BatchDecision } from './decide-batch.ts';
import type { Owed } from './decide-record.ts';
import { EVENT_TYPES, type EventType } from '../wire/event-types.ts';
import { Failure } from './failure.ts';
import { DELETE_OFFSET } from './find-start.ts';
import type { EmittedEvent, Fingerprints, RecordCodec } from './ports/record-codec.ts';
import type { EmittedValues } from './ports/input-log.ts';
import type { NewDecision } from './ports/decision-store.ts';
import type { Entry } from './read-batch.ts';

/** The emitted events and dead letters for a part of the input whose decisions Postgres has lost. */
export type EmittedBefore = {
  /** By source offset. */
  readonly values: ReadonlyMap<number, EmittedValues>;
  /** Offsets of records among the dead letters. */
  readonly deadLettered: ReadonlySet<number>;
  /** One past the last source that the outputs name. From here on, only the group's offset says that events were emitted. */
  readonly shownBefore: number;
};

/** The events of one command. */
export type EmittedEvents = Partial<Readonly<Record<EventType, EmittedEvent>>>;

/** `EmittedBefore` with decoded events. */
export type ReadBefore = Omit<EmittedBefore, 'values'> & {
  readonly events: ReadonlyMap<number, EmittedEvents>;
};

/** Decodes the emitted events by source offset, whichever version of a schema wrote them. */
export const readEmitted = async (
  codec: Pick<RecordCodec, 'readEmitted'>,
  { values, ...rest }: EmittedBefore,
): Promise<ReadBefore> => {
  const events = new Map<number, Partial<Record<EventType, EmittedEvent>>>();
  for (const type of EVENT_TYPES) {
    const found = [...values].flatMap(([offset, ofCommand]) => {
      const value = ofCommand[type];
      return value === undefined ? [] : [{ offset, value }];
    });
    const read = await codec.readEmitted(
      type,
      found.map(({ value }) => value),
    );
    found.forEach(({ offset }, index) => {
      const ofCommand = events.get(offset) ?? {};
      events.set(offset, ofCommand);
      const event = read[index];
      if (event !== undefined) ofCommand[type] = event;
    });
  }
  return { ...rest, events };
};

const DEAD_LETTERED = { code: 'DEAD_LETTERED', message: 'the record is already among the dead letters' };

/**
 * A record that was dead-lettered stays a dead letter, even if it can be decoded now because the registry has learnt its schema. The dead
 * letter is the record's outcome, and changed no ledger.
 */
export const keepDeadLettered = (
  entries: readonly Entry[],
  { deadLettered }: Pick<EmittedBefore, 'deadLettered'>,
): readonly Entry[] =>
  entries.map((entry) =>
    deadLettered.has(entry.record.offset) && entry.kind !== 'poison'
      ? { kind: 'poison', record: entry.record, poison: DEAD_LETTERED }
      : entry,
  );

/**
 * Replaces the bodies of the decisions with the emitted bodies, because an older version of a schema writes the same event in other bytes.
 * Throws a fatal `STORED_EVENTS_DIFFER` if a decision contradicts the emitted events.
 */
export const withEmittedBodies = (
  decision: BatchDecision,
  { events, deadLettered, shownBefore }: ReadBefore,
  sourceOf: (offset: number) => string,
): BatchDecision => {
  for (const item of decision.owed) {
    const { offset } = item.record;
    const then = events.get(offset);
    const isOut = then !== undefined || deadLettered.has(offset);
    const source = sourceOf(offset);
    if (item.kind === 'dead-letter' && then !== undefined) throw noLongerDecodable(source, item.poison);
    if (!isOut && item.kind !== 'nothing' && offset >= shownBefore) throw neverEmitted(source);
    // A missing dead letter is no contradiction: retention or an operator may have removed it.
    if (item.kind === 'dead-letter') continue;
    if (!isSame(item, then ?? {})) throw decidedOtherwise(source);
  }
  return {
    ...decision,
    decisions: decision.decisions.map((each) => withBodiesOf(each, events.get(each.offset) ?? {})),
  };
};

const isSame = (item: Owed, then: EmittedEvents): boolean =>
  EVENT_TYPES.every((type) => {
    const now = item.kind === 'events' ? item.bodies[type] : undefined;
    const event = then[type];
    if (now === undefined || event === undefined || item.kind !== 'events') return now === event;
    // A stored body must be the emitted body, byte for byte, whichever version wrote it.
    return event.body.equals(now) || (item.outcome !== 'redelivered' && event.saysTheSameAs(now));
  });

/** The decision with the emitted bodies in place of its own. */
export const withBodiesOf = <T extends NewDecision>(decision: T, then: EmittedEvents): T => {
  const types = EVENT_TYPES.filter((type) => decision.bodies[type] !== undefined);
  const isAlike = types.every((type) => then[type]?.body.equals(decision.bodies[type] as Buffer) === true);
  if (isAlike) return decision;
  const ofEachEvent = <V>(of: (event: EmittedEvent) => V | undefined) =>
    Object.fromEntries(
      types.flatMap((type) => {
        const event = then[type];
        const value = event && of(event);
        return value === undefined ? [] : [[type, value]];
      }),
    );
  return {
    ...decision,
    bodies: { ...decision.bodies, ...ofEachEvent((event) => event.body) },
    writtenWith: ofEachEvent((event) => event.writtenWith) satisfies Fingerprints,
  };
};

const neverEmitted = (source: string): Failure =>
  new Failure(
    'fatal',
    'STORED_EVENTS_DIFFER',
    `${source} was never emitted, although the group's offset is past it: somebody moved the offset. ${DELETE_OFFSET}`,
  );

const decidedOtherwise = (source: string): Failure =>
  new Failure(
    'fatal',
    'STORED_EVENTS_DIFFER',
    `deciding ${source} again gives other events than those emitted: restore a backup of Postgres with the channel's policies of that time`,
  );
