import type { Probe } from '../../observability/health.ts';
import type { Logger } from '../../observability/logging.ts';
import type { Failure } from '../../processor/failure.ts';

export type KafkaWatch = {
  /** The brokers have answered a look. */
  answered(): void;
  /** The brokers have not answered a look, or not let this process in. */
  failed(failure: Failure): void;
  /** As of the last look. */
  state(): Probe;
};

/**
 * Notices that Kafka is gone while there is nothing to do: a breaker opens only after several failures, and an idle process asks little.
 * Logs each reason once in an outage, because the first one mended may show the next.
 */
export const createKafkaWatch = (logger: Pick<Logger, 'warn' | 'info'>): KafkaWatch => {
  const told = new Set<string>();
  let state: Probe = { kind: 'ok' };

  return {
    answered: () => {
      state = { kind: 'ok' };
      if (told.size > 0) logger.info({ dependency: 'kafka' }, 'Kafka answers again');
      told.clear();
    },
    failed: (failure) => {
      const { code, message, isLocal } = failure;
      if (isLocal) return;
      // The breaker does not ask, and its own line has told why.
      const isKnown = code === 'BREAKER_OPEN' || told.has(message);
      if (code !== 'BREAKER_OPEN' || state.kind === 'ok') state = { kind: 'failing', reason: code };
      if (isKnown || told.size === MOST_REASONS) return;
      told.add(message);
      logger.warn({ dependency: 'kafka', err: failure }, 'Kafka does not answer: waiting for it');
    },
    state: () => state,
  };
};

const MOST_REASONS = 100;
