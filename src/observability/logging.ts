/**
 * Logs JSON, one object a line. In the steady state, no record logs a line of its own. Secrets and personal data are redacted by the names
 * of their fields. Credentials inside addresses are redacted by their shape, anywhere in an error.
 */
import pino, { type Logger } from 'pino';
import { visibleText } from '../domain/visible-text.ts';

export type { Logger } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export type LoggerOptions = {
  readonly level: LogLevel;
  /** Added to every line: the service, the group, the instance. */
  readonly bindings: Readonly<Record<string, string | number>>;
  /** Gets each line in one call. */
  readonly destination: LogDestination;
};

export type LogDestination = { write(line: string): unknown };

type Descriptor = {
  readonly fd: 1 | 2;
  /** Called whenever lines cannot be written, for example on a full disk. The latest lines are kept, and written later if possible. */
  readonly onUnwritten: (error: Error) => void;
};

const MAX_UNWRITTEN_BYTES = 1_048_576;

const SECRETS = ['password', 'passphrase', 'token', 'url', 'key', 'ca', 'cert', 'authorization'];
const PERSONAL = ['displayName', 'text', 'channelName', 'pickupNote', 'slackUserId', 'explanation'];
const TEXTS = ['fairnessExplanation', 'channelText', 'runnerText', 'value'];

export const createLogger = ({ level, bindings, destination }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: { pid: process.pid, ...bindings },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: {
        paths: [...SECRETS, ...PERSONAL, ...TEXTS].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      // Ids and messages may hold escape sequences, and people read logs on terminals.
      hooks: { streamWrite: visibleText },
    },
    destination,
  );

/**
 * Writes synchronously, so that the last line before an exit is not lost. A failed write never ends the process. pino itself handles a
 * reader that closes the pipe.
 */
export const logTo = ({ fd, onUnwritten }: Descriptor): LogDestination => {
  const stream = pino.destination({ dest: fd, sync: true, maxLength: MAX_UNWRITTEN_BYTES });
  stream.on('error', onUnwritten);
  return stream;
};

type ErrorDescription = {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly kind?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
};

const MAX_CAUSES = 5;

/** Describes an error and its causes for the log. Only the outermost error shows its stack. */
const describeError = (error: unknown): ErrorDescription => describe(error, 0);

const describe = (error: unknown, depth: number): ErrorDescription => {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutCredentials(String(error)) };
  const { code, kind } = error as { code?: unknown; kind?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    ...(typeof kind === 'string' && { kind }),
    message: withoutCredentials(error.message),
    ...(depth === 0 && error.stack !== undefined && { stack: withoutCredentials(error.stack) }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describe(error.cause, depth + 1) }),
  };
};

const SECRET_IN_QUERY =
  /([?&;][^\s=&;?#]*(?:pass|pwd|token|secret|key|auth|credential|signature)[^\s=&;?#]*=)[^\s&;#]+/gi;

/**
 * Redacts the user and password of URLs, and secrets in queries by the names of their parameters. Redacts up to the last @ of a word,
 * because an unescaped password may contain an @ or a slash.
 */
export const withoutCredentials = (text: string): string =>
  text.replace(/:\/\/\S+@/g, '://[redacted]@').replace(SECRET_IN_QUERY, '$1[redacted]');
