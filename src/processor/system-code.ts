/** The code of an error of Node or of the operating system, for example `ENOENT`. Undefined if the error has none. */
export const systemCode = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
