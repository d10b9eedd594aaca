/** The time that all steps of an operation may take together. */
export type TimeLimit = {
  begin(): void;
  /** Milliseconds for a step that leaves a twentieth of the limit to others. A step always gets a twentieth. */
  left(): number;
};

export const createTimeLimit = (limitMs: number): TimeLimit => {
  const twentieth = limitMs / 20;
  let begun: number | undefined;
  return {
    begin: () => (begun = performance.now()),
    left: () => {
      const elapsed = begun === undefined ? 0 : performance.now() - begun;
      return Math.max(twentieth, limitMs - twentieth - elapsed);
    },
  };
};
