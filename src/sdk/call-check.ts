/** Checks the arguments of calls at run time, because JavaScript callers may pass values that the types rule out. Throws `WRONG_USE`. */
import { nearestName } from '../domain/words/nearest-name.ts';
import { wrongUse } from '../processor/failure.ts';
import { isPlainObject } from './plain-object.ts';

/** The faults of one named value; none if it fits. */
export type FaultsOf = (value: unknown) => readonly string[];
export type Parameters = Readonly<Record<string, FaultsOf>>;

/** Longer timers would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const isMilliseconds = (value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_TIMER_MS;

export const expectPublishOptions = (options: unknown): void => {
  expectOptions('publish', options, { headers: faultsOfHeaders });
};

export const expectCloseAndWaitOptions = (options: unknown): void => {
  expectOptions('closeAndWait', options, { headers: faultsOfHeaders, ...WAIT });
};

export const expectSearchOptions = (options: unknown): void => {
  expectOptions('outcomeOf', options, WAIT);
};

export const expectCommandName = (name: unknown): void => {
  const { channelId, commandId } = (name ?? {}) as Readonly<Record<string, unknown>>;
  refuse([...filledText('channelId')(channelId), ...filledText('commandId')(commandId)]);
};

/** Throws unless the options are an object in which every value fits and every name is known. */
export const expectOptions = (call: string, options: unknown, known: Parameters): void => {
  expectObject(`the options of ${call} must be an object: leave them out, or`, options, known);
};

/** As `expectOptions`, for an argument that cannot be left out. */
export const expectArgument = (call: string, argument: unknown, known: Parameters): void => {
  expectObject(`${call} needs an object:`, argument, known);
};

const expectObject = (what: string, values: unknown, known: Parameters): void => {
  if (!isPlainObject(values)) throw wrongUse(`${what} pass { ${Object.keys(known).join(', ')} }`);
  const faults = Object.entries(known).flatMap(([name, faultsOf]) => faultsOf(values[name]));
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(known, name));
  refuse([...faults, ...unknown.map((name) => isUnknown(name, Object.keys(known)))]);
};

const isUnknown = (name: string, known: readonly string[]): string => {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `the options are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `${name.slice(0, 100)} is not an option: ${hint}`;
};

/** Throws if there are faults. */
export const refuse = (faults: readonly string[]): void => {
  if (faults.length > 0) throw wrongUse(faults.join('; '));
};

export const must =
  (name: string, what: string, holds: (value: unknown) => boolean): FaultsOf =>
  (value) =>
    holds(value) ? [] : [`${name} must be ${what}`];

export const optional =
  (faultsOf: FaultsOf): FaultsOf =>
  (value) =>
    value === undefined ? [] : faultsOf(value);

export const filledText = (name: string): FaultsOf =>
  must(name, 'a text that is not empty', (value) => typeof value === 'string' && value !== '');

/** A `Map` and the `Headers` of fetch would pass for objects without any header. */
export const faultsOfHeaders: FaultsOf = (headers) => {
  if (headers === undefined) return [];
  if (!isPlainObject(headers) || Symbol.iterator in headers)
    return ['headers must be an object of texts: { name: value }'];
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [`headers.${name} is not a text`],
  );
};

const WAIT: Parameters = {
  timeout: optional(
    must('timeout', `a whole number of milliseconds from 1 to ${String(MAX_TIMER_MS)}`, isMilliseconds),
  ),
  signal: optional(must('signal', 'an AbortSignal', (value) => value instanceof AbortSignal)),
};
