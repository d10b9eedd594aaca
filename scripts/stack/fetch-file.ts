import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';

export type FetchedFile = {
  readonly url: string;
  /** The file must have this checksum, wherever it comes from. */
  readonly sha256: string;
  readonly to: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type FetchDeps = {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
};

const TRIES = 3;

/** Rejects, with nothing left behind, if the file cannot be fetched or has another checksum. */
export const fetchFile = async (file: FetchedFile, deps: FetchDeps): Promise<void> => {
  const { url, to } = file;
  mkdirSync(dirname(to), { recursive: true });
  for (let tried = 1; ; tried += 1) {
    try {
      await attempt(file, deps);
      return;
    } catch (error) {
      deps.signal.throwIfAborted();
      if (tried === TRIES || error instanceof WrongFile)
        throw new Error(`fetching ${withoutPassword(url)}: ${reasonOf(error)}`, { cause: error });
      await sleep(tried * 1000, undefined, { signal: deps.signal });
    }
  }
};

class WrongFile extends Error {}

const attempt = async ({ url, sha256, to, headers = {} }: FetchedFile, deps: FetchDeps): Promise<void> => {
  const { signal, onBytes } = deps;
  const response = await fetch(url, { signal, headers });
  if (!response.ok || response.body === null) {
    const message = `the server answers ${String(response.status)}`;
    throw response.status >= 500 ? new Error(message) : new WrongFile(message);
  }
  const draft = `${to}.draft`;
  const hash = createHash('sha256');
  let received = 0;
  try {
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          received += chunk.length;
          onBytes(chunk.length);
          yield chunk;
        }
      },
      createWriteStream(draft),
      { signal },
    );
    const actual = hash.digest('hex');
    if (actual !== sha256)
      throw new WrongFile(`its SHA-256 is ${actual} instead of ${sha256}: the server sent another file`);
    renameSync(draft, to);
  } catch (error) {
    onBytes(-received);
    rmSync(draft, { force: true });
    throw error;
  }
};

/** Hides the password that a mirror's address may contain. */
const withoutPassword = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};
