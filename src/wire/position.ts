/** The position of a record in Kafka. */
export type Position = { readonly topic: string; readonly partition: number; readonly offset: number };

/** The offsets of a partition from `from` up to, but not including, `to`. */
export type OffsetRange = { readonly partition: number; readonly from: number; readonly to: number };

/** A position for people: `run.closed/3@88`. */
export const readablePosition = ({ topic, partition, offset }: Position): string =>
  `${topic}/${partition}@${offset}`;

/** For people: `offset 5`, `offsets 5–8`. The end is exclusive. */
export const offsetsText = (from: number, to: number): string =>
  to - from === 1 ? `offset ${from}` : `offsets ${from}–${to - 1}`;

/** Reads back what `readablePosition` has written; null for any other text. */
export const positionAt = (text: string): Position | null => {
  const [, topic, partition, offset] = /^(.+)\/(\d{1,9})@(\d{1,16})$/.exec(text) ?? [];
  return topic === undefined ? null : { topic, partition: Number(partition), offset: Number(offset) };
};

/** The positions in texts of `readablePosition`. Leaves out other texts. */
export const positionsAt = (places: readonly string[]): readonly Position[] =>
  places.flatMap((each) => positionAt(each) ?? []);

/** A position in headers: `run.close.requested/3/1042`. */
export const positionText = ({ topic, partition, offset }: Position): string =>
  `${topic}/${partition}/${offset}`;

/** Reads back what `positionText` has written; null for any other text. */
export const positionNamed = (text = ''): Position | null => {
  const [, ...parts] = /^(.+)\/(\d+)\/(\d+)$/.exec(text) ?? [];
  return positionOf(...parts);
};

/** Null if a part is missing, or if the partition or offset is not a whole number. */
export const positionOf = (topic?: string, partition?: string, offset?: string): Position | null =>
  topic === undefined || !isWholeNumber(partition) || !isWholeNumber(offset)
    ? null
    : { topic, partition: Number(partition), offset: Number(offset) };

const isWholeNumber = (text: string | undefined): text is string =>
  text !== undefined && /^\d{1,16}$/.test(text);
