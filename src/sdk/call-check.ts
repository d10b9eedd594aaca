/** Checks the arguments of calls at run time, because JavaScript callers may pass values that the types rule out. Throws `WRONG_USE`. */
import { wrongUse } from '../processor/failure.ts';

/** Longer timers would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const expectTexts = (headers: Readonly<Record<string, unknown>>): void => {
  refuse(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [] : [`headers.${name} is not a text`],
    ),
  );
};

export const expectWaitOptions = (options: Readonly<Record<string, unknown>>): void => {
  const { timeout, signal, ...others } = options;
  refuse([
    ...(timeout === undefined || isMilliseconds(timeout)
      ? []
      : [`timeout must be a whole number of milliseconds from 1 to ${String(MAX_TIMER_MS)}`]),
    ...(signal === undefined || signal instanceof AbortSignal ? [] : ['signal must be an AbortSignal']),
    ...Object.keys(others).map((name) => `${name.slice(0, 100)} is no option`),
  ]);
};

export const expectCommandName = (name: unknown): void => {
  const { channelId, commandId } = (name ?? {}) as Readonly<Record<string, unknown>>;
  refuse(
    Object.entries({ channelId, commandId }).flatMap(([field, value]) =>
      typeof value === 'string' && value !== '' ? [] : [`${field} must be a text that is not empty`],
    ),
  );
};

export const isMilliseconds = (value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_TIMER_MS;

const refuse = (faults: readonly string[]): void => {
  if (faults.length > 0) throw wrongUse(faults.join('; '));
};
