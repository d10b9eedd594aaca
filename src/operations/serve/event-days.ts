import type { Logger } from '../../observability/logging.ts';
import { maintainEventDays } from '../../postgres/event-days.ts';
import type { Database } from '../../postgres/pool.ts';
import { failureOf } from '../../processor/failure.ts';

const INTERVAL_MS = 6 * 60 * 60 * 1000;

/**
 * Creates the daily partitions of stored events ahead, and drops old ones: now and every six hours. After a failure, waits six hours, too.
 */
export const keepEventDays = (pool: Database, logger: Logger): { stop(): void } => {
  const maintain = async (): Promise<void> => {
    try {
      const { created, dropped } = await maintainEventDays(pool);
      if (created.length + dropped.length > 0)
        logger.info({ created, dropped }, 'maintained the days of stored events');
    } catch (thrown) {
      logger.warn({ err: failureOf(thrown) }, 'could not maintain the days of stored events');
    }
  };
  void maintain();
  const timer = setInterval(() => void maintain(), INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
};
