import { Failure } from '../processor/failure.ts';

/**
 * A secret, or a function that returns it. The function is called for each new connection: a secret may be renewed while the process runs.
 */
export type Secret = string | SecretSource;

export type SecretSource = (() => string | Promise<string>) & {
  /** The path of the file that the function reads, for messages. */
  readonly file?: string;
};

/** The path of the file that holds the secret; null if no file is known. */
export const fileOf = (secret: Secret | undefined): string | null =>
  typeof secret === 'function' ? (secret.file ?? null) : null;

const ASKING_MS = 10_000;

/**
 * The current value of a secret. Rejects with a transient failure if the function fails, returns no text, or takes longer than
 * ten seconds. Transient, because somebody may be renewing the secret.
 *
 * @param setting the name of the setting, for the failure's message
 */
export const reveal = async (secret: Secret, setting: string): Promise<string> => {
  if (typeof secret === 'string') return secret;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(unavailable(setting, `no answer within ${String(ASKING_MS / 1_000)} s`));
    }, ASKING_MS);
  });
  try {
    const value: unknown = await Promise.race([secret(), late]);
    if (typeof value === 'string' && value !== '') return value;
  } catch (error) {
    throw error instanceof Failure ? error : unavailable(setting, 'its function failed', error);
  } finally {
    clearTimeout(timer);
  }
  throw unavailable(setting, 'its function gave no text');
};

export const unavailable = (setting: string, problem: string, cause?: unknown): Failure =>
  new Failure('transient', 'SECRET_UNAVAILABLE', `${setting}: ${problem}`, { cause });
