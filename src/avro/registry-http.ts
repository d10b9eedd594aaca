/**
 * One HTTP exchange with the schema registry. If there is no answer in time, or the answer is not JSON, the failure is a transient
 * `REGISTRY_UNAVAILABLE`. No message quotes a secret.
 */
import { exchange, type HttpAnswer } from '../credentials/http-exchange.ts';
import { certificateWanted, networkFailure, unexpectedAnswer, unknownPath } from './registry-failures.ts';
import {
  addressesOf,
  createRegistryLogin,
  REGISTRY_TIMEOUT_MS,
  type RegistrySettings,
} from './registry-login.ts';

export type RegistryCall = {
  /** What is being done, for messages: "asking for schema id 7". */
  readonly doing: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: readonly string[];
  readonly body?: Readonly<Record<string, unknown>>;
};

export type RegistryAnswer = { readonly status: number; readonly body: unknown };

export type RegistryHttp = (call: RegistryCall) => Promise<RegistryAnswer>;

/** @param timeoutMs for each address */
export const createRegistryHttp = (
  settings: RegistrySettings,
  timeoutMs = REGISTRY_TIMEOUT_MS,
): RegistryHttp => {
  const addresses = addressesOf(settings);
  const login = createRegistryLogin(settings);
  /** The index of the address that answered last. */
  let current = 0;

  const ask = async (address: URL, { doing, method, path, body }: RegistryCall): Promise<HttpAnswer> => {
    const { headers, tls } = await login();
    try {
      return await exchange(below(address, path), {
        ...tls,
        method,
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        timeoutMs,
      });
    } catch (error) {
      throw networkFailure(doing, error, { timeoutMs, isCertified: tls.cert !== undefined });
    }
  };

  /**
   * The answer of the first address that gives one. If none does, the answer or failure of the last address. A node of the registry may lag
   * behind the others, so "not found" counts only if no other address says otherwise.
   */
  const askInTurn = async (call: RegistryCall): Promise<HttpAnswer> => {
    const inTurn = [...addresses.entries()];
    inTurn.push(...inTurn.splice(0, current));
    let notFound: { readonly index: number; readonly answer: HttpAnswer } | undefined;
    let last = (): HttpAnswer => {
      throw new Error('there is no address');
    };
    for (const [index, address] of inTurn) {
      try {
        const answer = await ask(address, call);
        if (!isOfRegistry(answer)) last = () => answer;
        else if (answer.status === 404) notFound ??= { index, answer };
        else {
          current = index;
          return answer;
        }
      } catch (error) {
        last = () => {
          throw error;
        };
      }
    }
    if (notFound === undefined) return last();
    current = notFound.index;
    return notFound.answer;
  };

  return async (call) => {
    const reply = await askInTurn(call);
    if (wantsCertificate(reply)) throw certificateWanted(call.doing, reply.status);
    try {
      return { status: reply.status, body: JSON.parse(reply.text) };
    } catch (error) {
      const answer = 'and not JSON';
      if (reply.status === 404) throw unknownPath(call.doing, { answer, cause: error });
      throw unexpectedAnswer(call.doing, { status: reply.status, answer, cause: error });
    }
  };
};

/**
 * True if the answer comes from a working registry. At a wrong address, a proxy or another server also answers 404 or sends pages. A
 * registry that does not find something answers with its own error code, such as 40401.
 */
const isOfRegistry = (reply: HttpAnswer): boolean => {
  if (reply.status >= 500) return false;
  if (reply.status === 401 || reply.status === 403 || wantsCertificate(reply)) return true;
  try {
    const body = JSON.parse(reply.text) as { readonly error_code?: unknown } | null;
    return reply.status !== 404 || Number(body?.error_code) > 40_000;
  } catch {
    return false;
  }
};

/** True if the client must present a certificate: nginx then answers with status 400 and a page in HTML. */
const wantsCertificate = ({ status, text: page }: HttpAnswer): boolean =>
  status === 400 && /SSL certificate/.test(page);

/** Appends the path to the base path of the address, and escapes every part. */
const below = (address: URL, path: readonly string[]): URL => {
  const url = new URL(address);
  url.pathname = [address.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
  return url;
};
