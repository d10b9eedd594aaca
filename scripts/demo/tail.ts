/** A line of `runclose tail --json`. */
export type TailRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** None of ours is repeated or null. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The record; the bytes in base64 where nobody can read them. */
  readonly value: unknown;
};

export const parseTailRecord = (line: string): TailRecord => JSON.parse(line) as TailRecord;
