import type { Alarm } from './alarm.ts';
import type { LeaseGrant } from './ports/lease.ts';

/** What the log and the store say about an input partition while no other owner can change either. All numbers are offsets. */
export type Standing = Pick<
  Extract<LeaseGrant, { kind: 'granted' }>,
  'nextOffset' | 'emittedThrough' | 'skippedBefore' | 'isCutShort' | 'isNewLog'
> & {
  /** The group's offset; null: none. */
  readonly committed: number | null;
  /** The greatest offset that a record in the outputs names; null: none does. */
  readonly lastEmitted: number | null;
  /** The first offset of the input, and one past its last. */
  readonly low: number;
  readonly high: number;
};

export type Start = {
  /** Where the next batch starts. */
  readonly cursor: number;
  /**
   * Everything below was emitted, or the group's offset says so. Records from the cursor to here are folded again (fold again and compare,
   * R2 of docs/adr/0002-six-rules-for-effectively-once.md).
   */
  readonly emittedBefore: number;
  /** The outputs themselves show that everything below was emitted, as far back as they reach. */
  readonly shownBefore: number;
  readonly alarm: Alarm | null;
};

/**
 * The outputs are the truth about what was emitted (R6). The group's offset counts in only three cases: the store holds less than the group
 * claims (folding again then checks the claim); the input no longer has the records below the offset; or the store knows nothing at all.
 * The offset never proves that decided commands were emitted, because somebody may have moved it.
 */
export const findStart = (standing: Standing): Start => {
  const { nextOffset, emittedThrough, skippedBefore, isNewLog, lastEmitted, low } = standing;
  const claimed = isNewLog ? null : standing.committed;
  const shownBefore = onePast(lastEmitted);
  const stored = nextOffset ?? low;

  let proven = Math.max(shownBefore, emittedThrough ?? 0, skippedBefore);
  if (nextOffset === null && claimed === null && lastEmitted === null) proven = Math.max(low, skippedBefore);
  if (nextOffset !== null) proven = Math.max(proven, Math.min(claimed ?? 0, nextOffset, low));
  const claimsMore = claimed !== null && (nextOffset === null || claimed > nextOffset);
  const emittedBefore = claimsMore ? Math.max(proven, claimed) : proven;
  const begin = nextOffset === null ? emittedBefore : proven;
  const cursor = Math.max(Math.min(begin, stored), skippedBefore);
  const start = { cursor, emittedBefore, shownBefore };
  return { ...start, alarm: alarmFor(standing, start, claimed) };
};

/** One past the last offset that the store or the outputs know. */
const knownBefore = ({ nextOffset, lastEmitted }: Standing): number =>
  Math.max(nextOffset ?? 0, onePast(lastEmitted));

/** One past an offset; 0 for none. */
const onePast = (offset: number | null): number => (offset === null ? 0 : offset + 1);

/**
 * True if the log ends before an offset that the store or the outputs know. A log that has grown past that offset again no longer shows it.
 */
const endsTooSoon = (standing: Standing): boolean => knownBefore(standing) > standing.high;

/** Deleting the offset is always safe: without it, the outputs show the start. */
export const DELETE_OFFSET =
  "Stop every `serve` of the group, delete the group's offset of this topic (kafka-consumer-groups.sh --delete-offsets), and " +
  'start `serve` again: it reads from the outputs what was emitted';

const alarmFor = (
  standing: Standing,
  { cursor, emittedBefore }: Omit<Start, 'alarm'>,
  claimed: number | null,
): Alarm | null => {
  const { nextOffset, low, high } = standing;
  if (endsTooSoon(standing) || standing.isCutShort) {
    const ends = endsTooSoon(standing) ? `ends at ${String(high)}` : 'once ended before that offset';
    return {
      code: 'INPUT_RECREATED',
      message:
        `offsets below ${String(knownBefore(standing))} were decided, but the log ${ends}: the topic was deleted and created again, ` +
        'or lost its last records. Run `runclose adopt-topics`, which shows the choices',
    };
  }
  if (claimed !== null && claimed > high) {
    return {
      code: 'INPUT_RECREATED',
      message:
        `the group's offset is ${String(claimed)}, but the log ends at ${String(high)}: somebody moved the offset, or the topic ` +
        `was deleted and created again. ${DELETE_OFFSET}`,
    };
  }
  if (cursor < low && nextOffset !== null && emittedBefore > nextOffset) {
    return {
      code: 'STORE_BEHIND_LOG',
      message:
        `offsets below ${String(emittedBefore)} were emitted, but Postgres holds only those below ${String(nextOffset)}, and the log ` +
        `begins at ${String(low)}, so Kafka no longer has all commands between: restore a later backup of Postgres`,
    };
  }
  if (cursor < low) {
    return {
      code: 'INPUT_GAP',
      message:
        `offset ${String(cursor)} is next, but the log begins at ${String(low)}: Kafka deleted commands before their events were ` +
        'emitted. `runclose accept-gap` shows which offsets; `runclose accept-gap --yes` skips them',
    };
  }
  return null;
};
