/** Pseudo-random numbers: the same seed gives the same numbers. */
export interface Random {
  /** 0 ≤ x < 1. */
  next: () => number;
  /** A whole number, `from` ≤ n ≤ `to`. */
  between: (from: number, to: number) => number;
  pick: <T>(items: readonly [T, ...T[]]) => T;
  /** True with this probability. */
  chance: (probability: number) => boolean;
  shuffled: <T>(items: readonly T[]) => T[];
}

/** Mulberry32. Each `purpose` has its own numbers, so one more draw for one purpose changes nothing for another. */
export const createRandom = (seed: number, purpose: string): Random => {
  let state = seed | 0;
  for (const character of purpose) state = Math.imul(state ^ character.charCodeAt(0), 0x9e3779b1);

  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));

  return {
    next,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    chance: (probability) => next() < probability,
    shuffled: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const other = between(0, last);
        [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]] as [never, never];
      }
      return shuffled;
    },
  };
};
