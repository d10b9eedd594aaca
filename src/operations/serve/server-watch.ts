import type { Probe } from '../../observability/health.ts';
import type { Logger } from '../../observability/logging.ts';
import type { Failure } from '../../processor/failure.ts';
import type { Dependency } from '../../processor/ports/breakers.ts';

export type ServerWatch = {
  /** The server has answered a check. */
  answered(): void;
  /** The server has not answered a check, or has refused the login. */
  failed(failure: Failure): void;
  /** The result of the last check. */
  state(): Probe;
  /** For how long the checks have failed, in milliseconds; 0: the last one was answered. */
  failingForMs(): number;
};

/**
 * Logs that a server is down even if no work fails: a breaker opens only after several failures, an idle process sends few requests, and
 * known schema ids work without the registry.
 * Logs each reason once in an outage: when the first problem is fixed, another one may show.
 */
export const createServerWatch = (
  logger: Pick<Logger, 'warn' | 'info'>,
  dependency: Dependency,
): ServerWatch => {
  const told = new Set<string>();
  let state: Probe = { kind: 'ok' };
  let since: number | null = null;

  return {
    answered: () => {
      state = { kind: 'ok' };
      since = null;
      if (told.size > 0) logger.info({ dependency }, 'the server answers again');
      told.clear();
    },
    failed: (failure) => {
      const { code, message, isLocal } = failure;
      if (isLocal) return;
      since ??= performance.now();
      const reason = reasonIn(message);
      // An open breaker sends no request, and has logged the reason itself.
      const isKnown = code === 'BREAKER_OPEN' || told.has(reason);
      if (code !== 'BREAKER_OPEN' || state.kind === 'ok') state = { kind: 'failing', reason: code };
      if (isKnown || told.size === MAX_REASONS) return;
      told.add(reason);
      logger.warn({ dependency, err: failure }, 'a server does not answer: waiting for the server');
    },
    state: () => state,
    failingForMs: () => (since === null ? 0 : performance.now() - since),
  };
};

/** Cuts the name of the operation off, so that four schema look-ups that fail at once are logged once. */
const reasonIn = (message: string): string => message.slice(message.lastIndexOf(': ') + 1);

const MAX_REASONS = 100;
