type Position = { readonly topic: string; readonly partition: number; readonly offset: number };

/** Where a record stands: `run.closed/3@88`. */
export const place = (position: Position): string =>
  `${position.topic}/${position.partition}@${position.offset}`;

/** Reads places back that `place` has written; leaves other texts out. */
export const positionsAt = (places: readonly string[]): readonly Position[] =>
  places.flatMap((each) => positionAt(each) ?? []);

/** Null for any other text. */
export const positionAt = (text: string): Position | null => {
  const [, topic, partition, offset] = /^(.+)\/(\d{1,9})@(\d{1,16})$/.exec(text) ?? [];
  return topic === undefined ? null : { topic, partition: Number(partition), offset: Number(offset) };
};
