import type { Logger } from '../../observability/logging.ts';

/** A broker reports throttling with each answer, which would flood the log. */
const TOLD_EVERY_MS = 60_000;

/** Logs that a broker throttles this client, at most once a minute, with the seconds of throttling since the last line. */
export const createThrottleWatch = (logger: Pick<Logger, 'warn'>): ((broker: string, ms: number) => void) => {
  let toldAt = -Infinity;
  let sinceMs = 0;
  return (broker, ms) => {
    sinceMs += ms;
    const now = performance.now();
    if (now - toldAt < TOLD_EVERY_MS) return;
    logger.warn(
      { broker, seconds: Math.round(sinceMs / 100) / 10 },
      'the broker throttles this client: a quota for its user or client id is exceeded, so events go out later',
    );
    toldAt = now;
    sinceMs = 0;
  };
};
