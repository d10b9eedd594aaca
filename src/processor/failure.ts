/**
 * The three kinds of failure, and the one function that tells them apart. Each edge converts the errors of its library to a `Failure`. An
 * error that reaches the session unconverted is a bug, and so fatal.
 *
 * - `transient`: a server is away or slow. Retried in place behind a breaker; nothing is skipped.
 * - `fenced`: another owner has taken over. The session drops the partition's state and reconciles (reconcile first, R1; producers are
 *   disposable, R4; both in docs/adr/0002-six-rules-for-effectively-once.md).
 * - `fatal`: a bug, a wrong schema, a wrong configuration. The process exits; nothing is skipped.
 */
export type FailureKind = 'transient' | 'fenced' | 'fatal';

export type FailureOptions = {
  readonly cause?: unknown;
  readonly scope?: 'server' | 'local';
  readonly isLoginRefused?: boolean;
};

export class Failure extends Error {
  override readonly name = 'Failure';
  /** Stable, upper snake case, for logs and tests: `LEASE_LOST`, `POSTGRES_UNAVAILABLE`. */
  readonly code: string;
  readonly kind: FailureKind;
  /** True if the failure concerns only this piece of work, not the server: a lock on one row, a partition with too few replicas. */
  readonly isLocal: boolean;
  /**
   * The server refuses the credentials or a right, or this program does not accept the server's certificate. At the start, this is wrong
   * configuration and fatal. A running `serve` waits instead, because passwords, tokens, certificates and rights are renewed.
   */
  readonly isLoginRefused: boolean;

  constructor(kind: FailureKind, code: string, message: string, options: FailureOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.code = code;
    this.isLocal = options.scope === 'local';
    this.isLoginRefused = options.isLoginRefused === true;
  }
}

/** The caller asks for something that cannot be done. */
export const wrongUse = (message: string, options?: FailureOptions): Failure =>
  new Failure('fatal', 'WRONG_USE', message, options);

/** True if a processor that already serves waits and retries. */
export const passesInTime = ({ kind, isLoginRefused }: Failure): boolean =>
  kind === 'transient' || isLoginRefused;

/** Returns a `Failure` as it is, and wraps any other thrown value in a fatal one. */
export const failureOf = (thrown: unknown): Failure =>
  thrown instanceof Failure
    ? thrown
    : new Failure('fatal', 'UNEXPECTED_ERROR', thrown instanceof Error ? thrown.message : String(thrown), {
        cause: thrown,
      });
