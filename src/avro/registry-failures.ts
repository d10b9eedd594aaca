/**
 * Every failure of the registry is a transient `REGISTRY_UNAVAILABLE`, even a refused login: while a process runs, somebody may be
 * renewing a password or a right. At the start, a refused login ends the process at once.
 */
import { networkProblem } from '../credentials/http-exchange.ts';
import { tlsAdvice } from '../credentials/tls-refusals.ts';
import { Failure } from '../processor/failure.ts';
import { systemCode } from '../processor/system-code.ts';
import { REGISTRY_TLS_NAMES } from './registry-login.ts';

const HINTS: Readonly<Record<number, string>> = {
  401: 'check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, or SCHEMA_REGISTRY_TOKEN',
  403: 'grant the user of SCHEMA_REGISTRY_USERNAME or SCHEMA_REGISTRY_TOKEN the right to do this',
};

type Answer = {
  /** In words, such as the registry's own message. */
  readonly answer: string;
  readonly cause?: unknown;
};

/** The registry has answered, but not as expected. */
export const unexpectedAnswer = (
  doing: string,
  { status, answer, cause }: Answer & { readonly status: number },
): Failure => {
  const hint = HINTS[status];
  const problem = `the answer is ${String(status)}, ${answer}${hint === undefined ? '' : `; ${hint}`}`;
  return registryUnavailable(doing, problem, { cause, isLoginRefused: hint !== undefined });
};

/** Another server answers at this path, or a gateway while the registry starts. Transient, because the registry may start soon. */
export const unknownPath = (doing: string, { answer, cause }: Answer): Failure =>
  unexpectedAnswer(doing, {
    status: 404,
    answer: `${answer}; check the path of SCHEMA_REGISTRY_URL: it is /apis/ccompat/v7 for Apicurio, and empty for Confluent's own registry`,
    cause,
  });

export const certificateWanted = (doing: string, status: number): Failure =>
  registryUnavailable(
    doing,
    `the answer is ${String(status)}, because of the client's certificate; check ${REGISTRY_TLS_NAMES.cert} and ${REGISTRY_TLS_NAMES.key}`,
    { isLoginRefused: true },
  );

export type Attempt = {
  readonly timeoutMs: number;
  /** Whether the client presented a certificate. */
  readonly isCertified: boolean;
};

/** The registry has not answered. */
export const networkFailure = (
  doing: string,
  error: unknown,
  { timeoutMs, isCertified }: Attempt,
): Failure => {
  const names = { peer: 'the registry', address: 'SCHEMA_REGISTRY_URL', names: REGISTRY_TLS_NAMES };
  const tls = tlsAdvice(error, names);
  const advice = tls?.advice ?? adviceOn(systemCode(error) ?? '', { isCertified });
  const problem = [networkProblem(error, `${String(timeoutMs)} ms`), advice].filter(Boolean).join('; ');
  return registryUnavailable(doing, problem, { cause: error, isLoginRefused: tls?.isRefusal === true });
};

const adviceOn = (code: string, { isCertified }: Pick<Attempt, 'isCertified'>): string | undefined => {
  // Node reports an HTTP parse error if the answer is a TLS alert.
  if (code.startsWith('HPE_'))
    return 'if the registry speaks TLS at this port, use https in SCHEMA_REGISTRY_URL';
  return code === 'ECONNRESET' && isCertified
    ? `check that the registry accepts the certificate in ${REGISTRY_TLS_NAMES.cert}`
    : undefined;
};

export const registryUnavailable = (
  doing: string,
  problem: string,
  options: { readonly cause?: unknown; readonly isLoginRefused?: boolean } = {},
): Failure =>
  new Failure('transient', 'REGISTRY_UNAVAILABLE', `schema registry: ${doing}: ${problem}`, options);
