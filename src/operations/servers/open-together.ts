import { Failure, failureOf } from '../../processor/failure.ts';
import { ServerUnreachable } from './reach.ts';

/**
 * Opens several servers at the same time. Resolves when all are open. If some cannot be opened, waits for the others, and rejects with all
 * faults at once. Wrong configuration decides the exit code, because waiting does not fix it.
 */
export const openTogether = async <T extends readonly unknown[]>(
  ...opening: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> => {
  const settled = await Promise.allSettled<unknown>(opening);
  const failures = settled.flatMap((result) =>
    result.status === 'rejected' ? [failureOf(result.reason)] : [],
  );
  const worst = failures.find(({ kind }) => kind === 'fatal') ?? failures[0];
  if (worst === undefined)
    return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
  if (failures.length === 1) throw worst;
  const all = failures.map(({ message }) => `  ${message}`).join('\n');
  const message = `${failures.length} servers cannot be used:\n${all}`;
  const unreachable = failures.filter((failure) => failure instanceof ServerUnreachable);
  if (unreachable.length === failures.length)
    throw new ServerUnreachable(
      message,
      unreachable.flatMap(({ variables }) => variables),
      worst,
    );
  const { kind, code, isLoginRefused } = worst;
  throw new Failure(kind, code, message, {
    cause: worst,
    isLoginRefused,
  });
};
