/**
 * The offset below which every record of a partition is finished for good. A record that is left for a later run holds this offset,
 * whatever is finished after that record. So the offset never passes a record that is not finished, however a run was filtered.
 */
export type FinishedOffset = {
  /** Everything below is finished. */
  offset(): number;
  markDone(offset: number): void;
  markLeft(offset: number): void;
  /** No record lies between the last record that was read and `end`. */
  markReadTo(end: number): void;
};

export const createFinishedOffset = ({
  finishedBefore: known,
  from,
}: {
  /** The offset below which earlier runs have finished everything. */
  readonly finishedBefore: number;
  /** The offset at which reading begins. */
  readonly from: number;
}): FinishedOffset => {
  let finished = known;
  let isHeld = from > known;
  return {
    offset: () => finished,
    markDone: (offset) => {
      if (!isHeld) finished = Math.max(finished, offset + 1);
    },
    markLeft: (offset) => {
      if (offset >= finished) isHeld = true;
    },
    markReadTo: (end) => {
      if (!isHeld) finished = Math.max(finished, end);
    },
  };
};
