import type { Probe } from '../../observability/health.ts';
import type { Logger } from '../../observability/logging.ts';
import type { Failure } from '../../processor/failure.ts';
import type { Dependency } from '../../processor/ports.ts';

export type ServerWatch = {
  /** The server has answered a look. */
  answered(): void;
  /** The server has not answered a look, or not let this process in. */
  failed(failure: Failure): void;
  /** As of the last look. */
  state(): Probe;
};

/**
 * Tells that a server is gone though nothing fails: a breaker opens only after several failures, an idle process asks little, and while
 * the registry is away, the ids that are known go on.
 * Logs each reason once in an outage, because the first one mended may show the next.
 */
export const createServerWatch = (
  logger: Pick<Logger, 'warn' | 'info'>,
  dependency: Dependency,
): ServerWatch => {
  const told = new Set<string>();
  let state: Probe = { kind: 'ok' };

  return {
    answered: () => {
      state = { kind: 'ok' };
      if (told.size > 0) logger.info({ dependency }, 'the server answers again');
      told.clear();
    },
    failed: (failure) => {
      const { code, message, isLocal } = failure;
      if (isLocal) return;
      const reason = reasonIn(message);
      // The breaker does not ask, and its own line has told why.
      const isKnown = code === 'BREAKER_OPEN' || told.has(reason);
      if (code !== 'BREAKER_OPEN' || state.kind === 'ok') state = { kind: 'failing', reason: code };
      if (isKnown || told.size === MOST_REASONS) return;
      told.add(reason);
      logger.warn({ dependency, err: failure }, 'a server does not answer: waiting for it');
    },
    state: () => state,
  };
};

/** Without what was being done: four schemas asked for at once fail alike. */
const reasonIn = (message: string): string => message.slice(message.lastIndexOf(': ') + 1);

const MOST_REASONS = 100;
