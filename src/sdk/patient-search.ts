import { unlessAborted } from '../kafka/client/on-abort.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import type { Pacer } from '../processor/ports/breakers.ts';

export type Patience = {
  readonly pacer: Pacer;
  readonly signal: AbortSignal;
  /** For how many milliseconds a failed search is repeated. */
  readonly timeout: number;
};

/**
 * Repeats a search while a server is away or a partition has no leader. Rejects with the last failure when the timeout is over. Resolves with
 * undefined as soon as the signal is aborted: a request in flight may take many seconds more, and is not waited for.
 */
export const searchPatiently = <T>(search: () => Promise<T>, patience: Patience): Promise<T | undefined> =>
  unlessAborted(patience.signal, repeated(search, patience));

const repeated = async <T>(
  search: () => Promise<T>,
  { pacer, signal, timeout }: Patience,
): Promise<T | undefined> => {
  const deadline = performance.now() + timeout;
  for (let failed = 1; !signal.aborted; failed++) {
    try {
      return await search();
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.kind !== 'transient') throw failure;
      if (performance.now() >= deadline) throw gaveUp(failure, timeout);
      await pacer.beforeRetry(failed);
    }
  }
  return undefined;
};

const gaveUp = (cause: Failure, timeout: number): Failure => {
  const { kind, code, message, isLocal, isLoginRefused } = cause;
  return new Failure(
    kind,
    code,
    `${message}. The search was repeated for ${String(timeout / 1_000)} s: ask again later`,
    {
      ...{ cause, isLoginRefused },
      scope: isLocal ? 'local' : 'server',
    },
  );
};
