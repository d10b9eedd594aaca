/** Parsers of flags and arguments. Each parser refuses a value with a sentence that commander prints after the flag's name. */
import { InvalidArgumentError } from 'commander';
import { hasCharacterUnfitForIds, MAX_ID_UNITS } from '../../domain/ids.ts';
import { faultOfTime, parseTime } from '../../sdk/time-text.ts';

const mustFit =
  (what: 'Ids' | 'Names') =>
  (value: string): string => {
    if (value === '' || value.length > MAX_ID_UNITS || hasCharacterUnfitForIds(value)) {
      throw new InvalidArgumentError(
        `${what} have 1 to ${MAX_ID_UNITS} characters, and no control characters.`,
      );
    }
    return value;
  };

/** Parses an id, by the rules for ids in records. */
export const id = mustFit('Ids');

/** Parses the name of a person who changes something. The name is stored and shown, so the rules for ids apply. */
export const name = mustFit('Names');

const REPEATABLE = new WeakSet<object>();

/** True for the parser of an option that people may give several times. */
export const isRepeatable = (parse: object | undefined): boolean =>
  parse !== undefined && REPEATABLE.has(parse);

/** Lets people give an option several times. The parser also gets the former values. */
export const severalTimes = <T extends object>(parse: T): T => {
  REPEATABLE.add(parse);
  return parse;
};

/** Makes a parser repeatable. It lists each value once. */
export const repeatable = <T>(parse: (value: string) => T) =>
  severalTimes((value: string, previous: readonly T[] = []): readonly T[] => {
    const parsed = parse(value);
    return previous.includes(parsed) ? previous : [...previous, parsed];
  });

export const ids = repeatable(id);

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

/** Parses a time in RFC 3339 as milliseconds since 1970. `help` says what else the flag accepts. */
export const timeOr = (help: string, value: string): number => {
  const time = parseTime(value);
  if (time === undefined) {
    const fault = faultOfTime(value);
    throw new InvalidArgumentError(`It must be ${help}${fault === undefined ? '' : `: ${fault}`}.`);
  }
  // For Kafka, negative times are places in the log: -1 is the end.
  return Math.max(0, time);
};
