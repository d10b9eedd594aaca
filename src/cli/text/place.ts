/** Where a record stands: `run.closed/3@88`. */
export const place = (position: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}): string => `${position.topic}/${position.partition}@${position.offset}`;
