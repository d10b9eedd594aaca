/**
 * Returns undefined if `work` throws. Drops the error: for a schema that avsc cannot use, it throws errors of any type, even stack overflows,
 * which quote the whole schema.
 */
export const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};
