export type Counts = { readonly passed: number; readonly failed: number };

/** The line that programs look for. */
export const closingLine = ({ passed, failed }: Counts): string => `${passed} passed, ${failed} failed`;
