/** A line of `runclose tail --json`. */
export type TailRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** No header of RunClose is repeated or null. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The decoded record, or its bytes in base64 if it cannot be decoded. */
  readonly value: unknown;
};

export const parseTailRecord = (line: string): TailRecord => JSON.parse(line) as TailRecord;
