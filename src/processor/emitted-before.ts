/** R2: after Postgres has lost commits, what is decided again is held against the events that were emitted. */
import type { BatchDecision, Owed } from './decide-batch.ts';
import { Failure } from './failure.ts';
import type {
  EmittedEvent,
  EmittedValues,
  EventType,
  Fingerprints,
  NewDecision,
  RecordCodec,
} from './ports.ts';

/** The events of one command. */
export type EmittedBefore = Partial<Readonly<Record<EventType, EmittedEvent>>>;

const TYPES: readonly EventType[] = ['run.closed', 'run.summary', 'run.close.rejected'];

/** Reads what was emitted, by source offset, whichever version of a schema has written it. */
export const readEmitted = async (
  codec: Pick<RecordCodec, 'readEmitted'>,
  emitted: ReadonlyMap<number, EmittedValues>,
): Promise<ReadonlyMap<number, EmittedBefore>> => {
  const read = new Map<number, Partial<Record<EventType, EmittedEvent>>>();
  for (const type of TYPES) {
    const found = [...emitted].flatMap(([offset, values]) => {
      const value = values[type];
      return value === undefined ? [] : [{ offset, value }];
    });
    const events = await codec.readEmitted(
      type,
      found.map(({ value }) => value),
    );
    found.forEach(({ offset }, index) => {
      const ofCommand = read.get(offset) ?? {};
      read.set(offset, ofCommand);
      const event = events[index];
      if (event !== undefined) ofCommand[type] = event;
    });
  }
  return read;
};

/**
 * What was decided, with the bodies that were emitted: an older version of a schema writes the same event in other bytes. Throws a
 * fatal `STORED_EVENTS_DIFFER` if it was not decided so then.
 */
export const asEmitted = (
  decision: BatchDecision,
  emitted: ReadonlyMap<number, EmittedBefore>,
  sourceOf: (offset: number) => string,
): BatchDecision => {
  for (const item of decision.owed) {
    const then = emitted.get(item.record.offset) ?? {};
    if (!isSame(item, then)) throw differs(sourceOf(item.record.offset), then);
  }
  return {
    ...decision,
    decisions: decision.decisions.map((each) => withBodiesOf(each, emitted.get(each.offset) ?? {})),
  };
};

const isSame = (item: Owed, then: EmittedBefore): boolean =>
  TYPES.every((type) => {
    const now = item.kind === 'events' ? item.bodies[type] : undefined;
    const event = then[type];
    if (now === undefined || event === undefined || item.kind !== 'events') return now === event;
    // What is stored is what was emitted, whoever has written it.
    return event.body.equals(now) || (item.outcome !== 'redelivered' && event.saysTheSameAs(now));
  });

/** The same decision, in the bytes in which it was emitted. */
export const withBodiesOf = <T extends NewDecision>(decision: T, then: EmittedBefore): T => {
  const types = TYPES.filter((type) => decision.bodies[type] !== undefined);
  const isAlike = types.every((type) => then[type]?.body.equals(decision.bodies[type] as Buffer) === true);
  if (isAlike) return decision;
  const each = <V>(of: (event: EmittedEvent) => V | undefined) =>
    Object.fromEntries(
      types.flatMap((type) => {
        const event = then[type];
        const value = event && of(event);
        return value === undefined ? [] : [[type, value]];
      }),
    );
  return {
    ...decision,
    bodies: { ...decision.bodies, ...each((event) => event.body) },
    writtenWith: each((event) => event.writtenWith) satisfies Fingerprints,
  };
};

const differs = (source: string, then: EmittedBefore): Failure => {
  const message =
    Object.keys(then).length === 0
      ? `${source} was never emitted, though the group's offset lies beyond it: stop the group and put its offset back`
      : `${source} would now be decided otherwise than it was emitted: restore a backup that has the channel's policies of that time`;
  return new Failure('fatal', 'STORED_EVENTS_DIFFER', message);
};
