import { Failure, failureOf, type FailureKind } from '../../processor/failure.ts';
import { systemCode } from '../../processor/system-code.ts';

/** An error in the form that threads send to each other. Node itself would keep the text, but not the fields of a `Failure`. */
export type FailureMessage = {
  /** Null if a cause is no `Failure`, but an error of a library or of Node. */
  readonly kind: FailureKind | null;
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  readonly isLocal: boolean;
  readonly isLoginRefused: boolean;
  readonly cause: FailureMessage | undefined;
};

/** Logs show no more causes. */
const MAX_CAUSES = 5;

export const messageOf = (thrown: unknown): FailureMessage => describe(failureOf(thrown), 0);

const describe = (error: Error, depth: number): FailureMessage => {
  const { message, stack, cause } = error;
  const failure = error instanceof Failure ? error : null;
  return {
    kind: failure?.kind ?? null,
    code: systemCode(error),
    message,
    stack,
    isLocal: failure?.isLocal === true,
    isLoginRefused: failure?.isLoginRefused === true,
    cause: cause instanceof Error && depth < MAX_CAUSES ? describe(cause, depth + 1) : undefined,
  };
};

export const failureFrom = (sent: FailureMessage): Failure => failureOf(errorFrom(sent));

const errorFrom = ({ kind, code, message, stack, cause, isLocal, isLoginRefused }: FailureMessage): Error => {
  const options = cause === undefined ? {} : { cause: errorFrom(cause) };
  const error =
    kind === null
      ? Object.assign(new Error(message, options), code === undefined ? {} : { code })
      : new Failure(kind, code ?? '', message, {
          ...options,
          isLoginRefused,
          scope: isLocal ? 'local' : 'server',
        });
  if (stack !== undefined) error.stack = stack;
  return error;
};
