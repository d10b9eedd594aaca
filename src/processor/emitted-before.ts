import { noLongerDecodable, type BatchDecision } from './decide-batch.ts';
import { Failure } from './failure.ts';
import { DELETE_OFFSET } from './find-start.ts';
import type { Bodies } from './ports.ts';
import type { Entry } from './read-batch.ts';

/** What the outputs hold of a stretch of input that Postgres has lost (R2). */
export type EmittedBefore = {
  /** By offset. */
  readonly bodies: ReadonlyMap<number, Bodies>;
  /** Offsets of records among the dead letters. */
  readonly deadLettered: ReadonlySet<number>;
  /** One past the last source that the outputs name. From here on only the group's offset says that anything was emitted. */
  readonly shownBefore: number;
};

/**
 * A record that was dead-lettered then stays so, though it can be decoded by now: the registry may have learnt its schema since.
 * The dead letter is its outcome, and no ledger was changed by it.
 */
export const asThen = (entries: readonly Entry[], { deadLettered }: EmittedBefore): readonly Entry[] =>
  entries.map((entry) =>
    deadLettered.has(entry.record.offset) && entry.kind !== 'poison'
      ? { kind: 'poison', record: entry.record, poison: DEAD_LETTERED }
      : entry,
  );

const DEAD_LETTERED = { code: 'DEAD_LETTERED', message: 'it was dead-lettered before' };

/** Fails unless a decision is what was emitted. */
export const mustBeAsEmitted = (
  { owed }: BatchDecision,
  { bodies, deadLettered, shownBefore }: EmittedBefore,
  sourceOf: (offset: number) => string,
): void => {
  for (const item of owed) {
    const { offset } = item.record;
    const then = bodies.get(offset);
    const isOut = then !== undefined || deadLettered.has(offset);
    const source = sourceOf(offset);
    if (item.kind === 'dead-letter' && then !== undefined) throw noLongerDecodable(source, item.poison);
    if (!isOut && item.kind !== 'nothing' && offset >= shownBefore) throw neverEmitted(source);
    // A dead letter that retention or an operator has removed changes nothing.
    if (item.kind === 'dead-letter') continue;
    if (!sameBodies(item.kind === 'events' ? item.bodies : {}, then ?? {})) throw decidedOtherwise(source);
  }
};

const neverEmitted = (source: string): Failure =>
  new Failure(
    'fatal',
    'STORED_EVENTS_DIFFER',
    `${source} was never emitted, though the group's offset lies beyond it: somebody moved the offset. ${DELETE_OFFSET}`,
  );

const decidedOtherwise = (source: string): Failure =>
  new Failure(
    'fatal',
    'STORED_EVENTS_DIFFER',
    `${source} would now be decided otherwise than it was emitted: restore a backup that has the channel's policies of that time`,
  );

const sameBodies = (one: Bodies, other: Bodies): boolean =>
  (['run.closed', 'run.summary', 'run.close.rejected'] as const).every((type) => {
    const [a, b] = [one[type], other[type]];
    return a === undefined || b === undefined ? a === b : a.equals(b);
  });
