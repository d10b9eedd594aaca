/** The shape of pino and most other loggers. */
export type WarningLogger = { warn(facts: object, message: string): void };

/** Emits Node's process warnings: Node prints them on stderr, unless the program runs with `--no-warnings`. */
export const processWarnings: WarningLogger = {
  warn: (_, message) => {
    process.emitWarning(message, { type: 'RuncloseWarning' });
  },
};
