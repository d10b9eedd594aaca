/**
 * The offset below which every record of a partition is finished for good. A record that is left for a later run holds this offset,
 * whatever is finished after that record. So the offset never passes a record that is not finished, however a run was filtered.
 */
export type FinishedOffset = {
  /** Everything below is finished. */
  offset(): number;
  done(offset: number): void;
  left(offset: number): void;
  /** No record lies between the last record that was read and `end`. */
  reached(end: number): void;
};

export const createFinishedOffset = ({
  known,
  from,
}: {
  /** The offset below which earlier runs have finished everything. */
  readonly known: number;
  /** The offset at which reading begins. */
  readonly from: number;
}): FinishedOffset => {
  let finished = known;
  let isHeld = from > known;
  return {
    offset: () => finished,
    done: (offset) => {
      if (!isHeld) finished = Math.max(finished, offset + 1);
    },
    left: (offset) => {
      if (offset >= finished) isHeld = true;
    },
    reached: (end) => {
      if (!isHeld) finished = Math.max(finished, end);
    },
  };
};
