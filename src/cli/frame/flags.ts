/** What flags and arguments hold. Each parser refuses with a sentence that commander puts behind the flag's name. */
import { InvalidArgumentError } from 'commander';
import { isUnfit, LONGEST_ID } from '../../domain/ids.ts';
import { faultOfTime, parseTime } from '../../sdk/time-text.ts';

const fit =
  (what: 'Ids' | 'Names') =>
  (value: string): string => {
    if (value === '' || value.length > LONGEST_ID || isUnfit(value)) {
      throw new InvalidArgumentError(
        `${what} have 1 to ${LONGEST_ID} characters, and no control characters.`,
      );
    }
    return value;
  };

/** An id as records carry it. */
export const id = fit('Ids');

/** The name of a person who changes something. It is stored and shown, so the rules of ids apply. */
export const name = fit('Names');

/** A flag that may be given again for another id. */
export const ids = (value: string, previous: readonly string[] = []): readonly string[] =>
  previous.includes(id(value)) ? previous : [...previous, value];

export const wholeNumber =
  (min: number, max: number) =>
  (value: string): number => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (!(number >= min && number <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };

export const trueOrFalse = (value: string): boolean => {
  if (value !== 'true' && value !== 'false') throw new InvalidArgumentError('It must be true or false.');
  return value === 'true';
};

/** Milliseconds since 1970 of a time in RFC 3339. `help` says what else the flag takes. */
export const timeOr = (help: string, value: string): number => {
  const time = parseTime(value);
  if (time === undefined) {
    const fault = faultOfTime(value);
    throw new InvalidArgumentError(`It must be ${help}${fault === undefined ? '' : `: ${fault}`}.`);
  }
  // Kafka takes negative times for places in the log: -1 is the end.
  return Math.max(0, time);
};
