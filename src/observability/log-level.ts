import type { Logger, LogLevel } from './logging.ts';

export type LogSwitch = {
  /** Switches to `debug`, or back to the configured level. If that is already as fine as `debug`, switches to `info` and back. */
  toggle(): void;
};

/**
 * Switches the level of a running process.
 *
 * @param tell passes the new level to the loggers of other threads
 */
export const createLogSwitch = (
  logger: Logger,
  configured: LogLevel,
  tell: (level: LogLevel) => void,
): LogSwitch => {
  const other: LogLevel = configured === 'debug' || configured === 'trace' ? 'info' : 'debug';
  return {
    toggle: () => {
      const level = logger.level === configured ? other : configured;
      // Log at the finer of the two levels, so that the line is seen.
      logger.level = 'info';
      logger.info({ logLevel: level }, `the log level is now ${level}, because of SIGUSR2`);
      logger.level = level;
      tell(level);
    },
  };
};
