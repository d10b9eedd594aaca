/** The sentences that apply: leaves out those whose condition is false. */
export const sentences = (...all: readonly (string | false)[]): readonly string[] =>
  all.filter((sentence) => sentence !== false);
