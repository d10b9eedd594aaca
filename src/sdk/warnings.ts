/** The shape of pino and most other loggers. */
export type WarningLogger = { warn(facts: object, message: string): void };

/** Node's own warnings: on stderr, unless the program listens to `process.on('warning')` or runs with `--no-warnings`. */
export const processWarnings: WarningLogger = {
  warn: (_, message) => {
    process.emitWarning(message, { type: 'RuncloseWarning' });
  },
};
