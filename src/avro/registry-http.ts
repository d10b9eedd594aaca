/**
 * One HTTP exchange with the schema registry. No answer within the time, or one that is not JSON, is a transient
 * `REGISTRY_UNAVAILABLE`. Every request has a connection of its own: they are rare, and a kept connection is found dead just
 * when the registry comes back. No message quotes a secret.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { limitedText } from '../credentials/limited-text.ts';
import { certificateWanted, networkFailure, unexpectedAnswer, unknownPath } from './registry-failures.ts';
import { addressesOf, createRegistryLogin, REGISTRY_TIMEOUT_MS } from './registry-login.ts';
import type { RegistryLogin, RegistrySettings } from './registry-login.ts';

export type RegistryCall = {
  /** What is being done, for messages: "asking for schema id 7". */
  readonly doing: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: readonly string[];
  readonly body?: Readonly<Record<string, unknown>>;
};

export type RegistryAnswer = { readonly status: number; readonly body: unknown };

export type RegistryHttp = (call: RegistryCall) => Promise<RegistryAnswer>;

type Reply = { readonly status: number; readonly text: string };

/** @param timeoutMs for each address */
export const createRegistryHttp = (
  settings: RegistrySettings,
  timeoutMs = REGISTRY_TIMEOUT_MS,
): RegistryHttp => {
  const addresses = addressesOf(settings);
  const login = createRegistryLogin(settings);
  /** Of the address that answered last. */
  let current = 0;

  const exchange = async (address: URL, call: RegistryCall): Promise<Reply> => {
    const presented = await login();
    try {
      return await send(address, call, { ...presented, timeoutMs });
    } catch (error) {
      const isCertified = presented.tls.cert !== undefined;
      throw networkFailure(call.doing, error, { timeoutMs, isCertified });
    }
  };

  /**
   * The answer of the first address that gives one. If none does, what the last one said or failed with. A node of the registry may lag
   * behind the others, so "not found" counts only if no other address says otherwise.
   */
  const exchangeInTurn = async (call: RegistryCall): Promise<Reply> => {
    const inTurn = addresses.map((_, index) => (current + index) % addresses.length);
    let notFound: Reply | undefined;
    let noAnswer = (): Reply => {
      throw new Error('there is no address');
    };
    for (const index of inTurn) {
      try {
        const reply = await exchange(addresses[index] as URL, call);
        const isAnswer = isOfRegistry(reply);
        if (isAnswer && (reply.status !== 404 || notFound === undefined)) current = index;
        if (isAnswer && reply.status !== 404) return reply;
        if (isAnswer) notFound ??= reply;
        else noAnswer = () => reply;
      } catch (error) {
        noAnswer = () => {
          throw error;
        };
      }
    }
    return notFound ?? noAnswer();
  };

  return async (call) => {
    const reply = await exchangeInTurn(call);
    if (wantsCertificate(reply)) throw certificateWanted(call.doing, reply.status);
    try {
      return { status: reply.status, body: JSON.parse(reply.text) };
    } catch (error) {
      const what = 'and not JSON';
      if (reply.status === 404) throw unknownPath(call.doing, what, error);
      throw unexpectedAnswer(call.doing, reply.status, what, error);
    }
  };
};

/**
 * Whether the answer comes from a working registry. At a wrong address, a proxy or another server also answers 404 or sends pages. A
 * registry that does not find something answers with its own error code, such as 40401.
 */
const isOfRegistry = (reply: Reply): boolean => {
  if (reply.status >= 500) return false;
  if (reply.status === 401 || reply.status === 403 || wantsCertificate(reply)) return true;
  try {
    const body = JSON.parse(reply.text) as { readonly error_code?: unknown } | null;
    return reply.status !== 404 || Number(body?.error_code) > 40_000;
  } catch {
    return false;
  }
};

/** nginx says so in HTML. */
const wantsCertificate = ({ status, text: page }: Reply): boolean =>
  status === 400 && /SSL certificate/.test(page);

const send = (
  address: URL,
  { method, path, body }: RegistryCall,
  { headers, tls, timeoutMs }: Awaited<ReturnType<RegistryLogin>> & { readonly timeoutMs: number },
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const url = new URL(address);
    url.pathname = [address.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
    const options = {
      agent: false,
      ...tls,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json', ...headers },
      method,
      signal: AbortSignal.timeout(timeoutMs),
    };
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(url, options, (response) => {
      limitedText(response).then((answer) => {
        resolve({ status: response.statusCode ?? 0, text: answer });
      }, reject);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
