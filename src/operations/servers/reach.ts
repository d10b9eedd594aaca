import pRetry from 'p-retry';
import { Failure, failureOf } from '../../processor/failure.ts';

/** The variable with the address of a server. */
export type ServerVariable = 'KAFKA_BROKERS' | 'SCHEMA_REGISTRY_URL' | 'DATABASE_URL';

export class ServerUnreachable extends Failure {
  /** The variables of the servers that do not answer. */
  readonly variables: readonly ServerVariable[];

  constructor(message: string, variables: readonly ServerVariable[], cause: unknown) {
    super('transient', 'SERVER_UNREACHABLE', message, { cause });
    this.variables = variables;
  }
}

export type ReachOptions = {
  /** The name of the server in messages, with its address and without credentials: `Postgres at db:5432`. */
  readonly server: string;
  readonly variable: ServerVariable;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Called once, after the first attempt has failed. */
  readonly onWaiting: (message: string) => void;
};

/**
 * Connects to a server, and retries within the time that the setting allows. Retries transient failures only, and no refused login, which
 * waiting does not fix. A last transient failure becomes `SERVER_UNREACHABLE`, which names the server.
 */
export const reach = async <T>(options: ReachOptions, connect: () => Promise<T>): Promise<T> => {
  const { server, variable, timeoutSeconds, signal, onWaiting } = options;
  try {
    return await pRetry(connect, {
      retries: timeoutSeconds === 0 ? 0 : Infinity,
      minTimeout: 200,
      maxTimeout: 2_000,
      randomize: true,
      maxRetryTime: timeoutSeconds * 1_000,
      signal,
      shouldRetry: ({ error }) => mayPass(failureOf(error)),
      onFailedAttempt: ({ error, attemptNumber }) => {
        if (attemptNumber === 1 && timeoutSeconds > 0 && mayPass(failureOf(error))) {
          onWaiting(`${server} does not answer yet; trying for ${timeoutSeconds} s …`);
        }
      },
    });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.isLoginRefused) {
      const { code, message } = failure;
      throw new Failure('fatal', code, message.includes(server) ? message : `${server}: ${message}`, {
        cause: error,
        isLoginRefused: true,
      });
    }
    if (failure.kind !== 'transient') throw error;
    throw new ServerUnreachable(`${server} is not reachable: ${failure.message}`, [variable], error);
  }
};

const mayPass = ({ kind, isLoginRefused }: Failure): boolean => kind === 'transient' && !isLoginRefused;
