export type Json = Readonly<Record<string, unknown>>;

/** What `--json` prints: one object a line. */
export const jsonLines = <T extends object = Json>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
