/**
 * The three kinds of failure, and the one function that tells them apart. An edge turns whatever its library throws into a
 * `Failure`; everything that reaches the session without a kind is a bug, and so fatal.
 *
 * - `transient`: a server is away or slow. Retried in place behind a breaker; nothing is skipped.
 * - `fenced`: another owner has taken over. The partition's state is dropped and reconciled (rules R1 and R4).
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
  /** Concerns this piece of work alone, not the server: a lock on one row, a partition with too few replicas. */
  readonly isLocal: boolean;
  /**
   * The server refuses the credentials or a right, or this program does not accept the server's certificate. At the start, this is wrong
   * configuration and fatal. While `serve` runs, it waits, because passwords, tokens, certificates and rights are renewed.
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

/** Whether a processor that already serves waits for this to pass, and tries again. */
export const passesInTime = ({ kind, isLoginRefused }: Failure): boolean =>
  kind === 'transient' || isLoginRefused;

/** The failure itself, or a fatal one around whatever was thrown. */
export const failureOf = (thrown: unknown): Failure =>
  thrown instanceof Failure
    ? thrown
    : new Failure('fatal', 'UNEXPECTED_ERROR', thrown instanceof Error ? thrown.message : String(thrown), {
        cause: thrown,
      });
