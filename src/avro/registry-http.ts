/**
 * One HTTP exchange with the schema registry. No answer within the time, or one that is not JSON, is a transient
 * `REGISTRY_UNAVAILABLE`. Every request has a connection of its own: they are rare, and a kept connection is found dead just
 * when the registry comes back. No message quotes a password.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

import { Failure } from '../processor/failure.ts';

export type RegistrySettings = {
  /** With the API's base path, if it has one. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
};

/** For a request and its whole answer. */
export const REGISTRY_TIMEOUT_MS = 5_000;

export type RegistryCall = {
  /** What is being done, for messages: "asking for schema id 7". */
  readonly doing: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: readonly string[];
  readonly body?: Readonly<Record<string, unknown>>;
};

export type RegistryAnswer = { readonly status: number; readonly body: unknown };

export type RegistryHttp = (call: RegistryCall) => Promise<RegistryAnswer>;

export const createRegistryHttp = (
  settings: RegistrySettings,
  timeoutMs = REGISTRY_TIMEOUT_MS,
): RegistryHttp => {
  const base = new URL(settings.url);
  const send = base.protocol === 'https:' ? httpsRequest : httpRequest;
  const { username, password = '', ca } = settings;
  const options = {
    agent: false as const,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(username === undefined ? {} : { auth: `${username}:${password}` }),
    ...(ca === undefined ? {} : { ca }),
  };

  const exchange = ({ method, path, body }: RegistryCall): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const url = new URL(base);
      url.pathname = [base.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
      const signal = AbortSignal.timeout(timeoutMs);
      const request = send(url, { ...options, method, signal }, (response) => {
        text(response).then((answer) => {
          resolve({ status: response.statusCode ?? 0, text: answer });
        }, reject);
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });

  return async (call) => {
    const answer = await exchange(call).catch((error: unknown) => {
      throw registryUnavailable(call.doing, problemOf(error, timeoutMs), error);
    });
    try {
      return { status: answer.status, body: JSON.parse(answer.text) };
    } catch (error) {
      const problem = `the answer is ${String(answer.status)}, and not JSON${hintFor(answer.status)}`;
      throw registryUnavailable(call.doing, problem, error);
    }
  };
};

/** A refused login is transient, too: somebody may be changing a password or a right at this moment. */
export const hintFor = (status: number): string =>
  status === 401 || status === 403
    ? ': check SCHEMA_REGISTRY_USERNAME, SCHEMA_REGISTRY_PASSWORD and the rights of that user'
    : '';

export const registryUnavailable = (doing: string, problem: string, cause?: unknown): Failure =>
  new Failure('transient', 'REGISTRY_UNAVAILABLE', `schema registry: ${doing}: ${problem}`, { cause });

const problemOf = (error: unknown, timeoutMs: number): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return `no answer within ${String(timeoutMs)} ms`;
  // A refused connection to a name with several addresses is an AggregateError, whose message is empty.
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
};
