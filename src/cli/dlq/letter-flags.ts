/** The flags that choose dead letters. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import type { DeadLetterPlace } from '../../operations/dead-letters/dead-letters.ts';
import { POISON_CODES } from '../../wire/poison-codes.ts';

export const placeArgument = (): Argument =>
  new Argument('[place]', 'only the dead letter at partition@offset, as `dlq list` shows it').argParser(
    parsePlace,
  );

export const reasonOption = (): Option =>
  new Option('--reason <code>', 'only dead letters with this reason, as `dlq list` shows it').choices(
    POISON_CODES,
  );

/** Parses the place of a dead letter as `dlq list` prints it: `3@88`. */
const parsePlace = (value: string): DeadLetterPlace => {
  const [, partition, offset] = /^(\d{1,9})@(\d{1,15})$/.exec(value) ?? [];
  if (partition === undefined || offset === undefined)
    throw new InvalidArgumentError('It must be partition@offset, such as 3@88.');
  return { partition: Number(partition), offset: Number(offset) };
};
