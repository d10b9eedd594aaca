import { InvalidArgumentError } from 'commander';
import type { DeadLetterPlace } from '../../operations/dead-letters/dead-letters.ts';

/** Parses the place of a dead letter as `dlq list` prints it: `3@88`. */
export const deadLetterPlace = (value: string): DeadLetterPlace => {
  const [, partition, offset] = /^(\d{1,9})@(\d{1,15})$/.exec(value) ?? [];
  if (partition === undefined || offset === undefined)
    throw new InvalidArgumentError('It must be partition@offset, such as 3@88.');
  return { partition: Number(partition), offset: Number(offset) };
};
