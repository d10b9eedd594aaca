/**
 * Gets access tokens for client credentials from an OAuth endpoint (RFC 6749, section 4.4). All connections share one token until four
 * fifths of its lifetime are over; brokers ask for a new token later than that. Rejects with a transient `Failure`, which counts as a
 * refused login if the endpoint refuses. No message quotes the secret or a token.
 */
import { Failure } from '../processor/failure.ts';
import { exchange, networkProblem } from './http-exchange.ts';
import { reveal, type Secret } from './secret.ts';
import { tlsAdvice } from './tls-refusals.ts';

export type TokenEndpoint = {
  /** Without user, password and query. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope?: string;
};

/** The names of the settings that the user knows, for messages. */
export type TokenEndpointNames = { readonly [Part in keyof Required<TokenEndpoint>]: string };

export type TokenSource = {
  token(): Promise<string>;
  /** Call this if a broker refuses the token: then `token` requests a new one. */
  forget(): void;
};

const ASKING_MS = 10_000;
const USED_FOR = 0.8;
/** The lifetime of a token, in seconds, if the endpoint names none. */
const UNKNOWN_LIFE_S = 60;

export const createTokenSource = (endpoint: TokenEndpoint, names: TokenEndpointNames): TokenSource => {
  let known: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const askedAt = performance.now();
    const { token, lifeSeconds } = await requestToken(endpoint, names);
    known = { token, until: askedAt + lifeSeconds * 1_000 * USED_FOR };
    return token;
  };

  return {
    token: () => {
      if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.token);
      return (asking ??= ask().finally(() => {
        asking = undefined;
      }));
    },
    forget: () => {
      known = undefined;
    },
  };
};

/** Printable ASCII (RFC 6749, appendix A.12). Any other character would break the message that carries the token to the broker. */
const TOKEN = /^[ -~]+$/;

type Token = { readonly token: string; readonly lifeSeconds: number };

/** The endpoint limits the rate of requests: no refusal, whatever error the answer names. */
const TOO_MANY = 429;

const requestToken = async (endpoint: TokenEndpoint, names: TokenEndpointNames): Promise<Token> => {
  const { url, clientId, scope } = endpoint;
  const secret = await reveal(endpoint.clientSecret, names.clientSecret);
  const failure = (problem: string, cause?: unknown): Failure =>
    new Failure('transient', 'OAUTH_UNAVAILABLE', `asking ${url} for a token: ${problem}`, { cause });

  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
  });
  const answer = await exchange(new URL(url), {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(secret)}`).toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
    timeoutMs: ASKING_MS,
  }).catch((error: unknown) => {
    throw networkFailure(error, failure, names);
  });

  const body = objectOf(answer.text);
  const { access_token: token, expires_in: life, error } = body ?? {};
  if (answer.status === 200 && typeof token === 'string' && TOKEN.test(token)) {
    const lifeSeconds = Number(life);
    return { token, lifeSeconds: lifeSeconds > 0 ? lifeSeconds : UNKNOWN_LIFE_S };
  }
  const errorCode = typeof error === 'string' && /^[a-z_]{1,50}$/.test(error) ? error : undefined;
  const refused =
    answer.status >= 400 && answer.status < 500 && answer.status !== TOO_MANY && errorCode !== undefined;
  if (refused || answer.status === 401 || answer.status === 403) {
    const what = `the answer is ${String(answer.status)}${errorCode === undefined ? '' : ` ${errorCode}`}`;
    throw new Failure(
      'transient',
      'OAUTH_REFUSED',
      `asking ${url} for a token: ${what}; ${adviceOn(errorCode, names)}`,
      { isLoginRefused: errorCode !== 'temporarily_unavailable' && errorCode !== 'server_error' },
    );
  }
  const shown =
    body === null ? ' and no JSON object' : answer.status === 200 ? ' without a token that can be sent' : '';
  throw failure(`the answer is ${String(answer.status)}${shown}; check ${names.url}`);
};

const adviceOn = (error: string | undefined, names: TokenEndpointNames): string => {
  if (error === 'invalid_scope') return `check ${names.scope}`;
  return error === 'unauthorized_client' || error === 'unsupported_grant_type'
    ? `allow the client credentials grant for the client that ${names.clientId} names`
    : `check ${names.clientId} and ${names.clientSecret}`;
};

/** Node's CAs check the endpoint's certificate, so the advice names Node's variable. */
const NODES_CA = {
  ca: 'NODE_EXTRA_CA_CERTS',
  cert: 'a client certificate',
  key: 'its key',
  passphrase: 'its password',
};

const networkFailure = (
  error: unknown,
  failure: (problem: string, cause?: unknown) => Failure,
  names: TokenEndpointNames,
): Failure => {
  const problem = networkProblem(error, `${String(ASKING_MS / 1_000)} s`);
  const trouble = tlsAdvice(error, { peer: 'the token endpoint', address: names.url, names: NODES_CA });
  if (trouble?.isRefusal === true)
    return new Failure('transient', 'OAUTH_REFUSED', failure(`${problem}; ${trouble.advice}`).message, {
      cause: error,
      isLoginRefused: true,
    });
  const advice = trouble?.advice ?? `check ${names.url}, and whether the endpoint is up`;
  return failure(`${problem}; ${advice}`, error);
};

/** RFC 6749, section 2.3.1. */
const formEncoded = (value: string): string => encodeURIComponent(value).replaceAll('%20', '+');

const objectOf = (answer: string): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};
