/**
 * Up to where everything in a partition has been dealt with for good. What is left for another time holds it, whatever is done
 * behind; so it never passes over anything, however a run was filtered.
 */
export type FinishedOffset = {
  /** All below is dealt with. */
  offset(): number;
  done(offset: number): void;
  left(offset: number): void;
  /** Nothing stands between what was read last and here. */
  reached(end: number): void;
};

/** @param known up to where all was dealt with before; `from`: where reading begins */
export const createFinishedOffset = (known: number, from: number): FinishedOffset => {
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
