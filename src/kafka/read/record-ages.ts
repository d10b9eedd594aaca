/**
 * Tells how old waiting records are, although the clock of this machine may jump or be wrong. The age at first sight is the wall clock's, at
 * least 0, and at most the time since the partition was seen to end before the record. From then on, a clock that never jumps adds to it.
 */
export type RecordAges<Key> = {
  /** The partition ends here now, so a record that is found at or behind this offset later is younger than this moment. */
  sawEnd(key: Key, end: number): void;
  /** In milliseconds. Remembers one record of each partition: another one is seen for the first time again. */
  ageOf(key: Key, record: WaitingRecord): number;
};

/** `timestamp` is in milliseconds since 1970. */
export type WaitingRecord = { readonly offset: number; readonly timestamp: number };

export type AgeClock = {
  /** Milliseconds since 1970. May jump. */
  readonly now: () => number;
  /** Milliseconds, never jumps. */
  readonly elapsed: () => number;
};

const SYSTEM: AgeClock = { now: () => Date.now(), elapsed: () => performance.now() };

/** Behind a backlog, many looks at the end are newer than the record that is seen first. */
const ENDS_KEPT = 100;

export const createRecordAges = <Key>({ now, elapsed }: AgeClock = SYSTEM): RecordAges<Key> => {
  const ends = new Map<Key, readonly { readonly end: number; readonly at: number }[]>();
  const seen = new Map<Key, WaitingRecord & { readonly bornAt: number }>();
  return {
    sawEnd: (key, end) => {
      const earlier = (ends.get(key) ?? []).filter((known) => known.end !== end);
      ends.set(key, [...earlier.slice(1 - ENDS_KEPT), { end, at: elapsed() }]);
    },
    ageOf: (key, { offset, timestamp }) => {
      let known = seen.get(key);
      if (known?.offset !== offset || known.timestamp !== timestamp) {
        const appendedAfter = ends.get(key)?.findLast(({ end }) => end <= offset)?.at ?? -Infinity;
        const ageMs = Math.max(0, Math.min(now() - timestamp, elapsed() - appendedAfter));
        known = { offset, timestamp, bornAt: elapsed() - ageMs };
        seen.set(key, known);
      }
      return elapsed() - known.bornAt;
    },
  };
};
