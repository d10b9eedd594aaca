import { isIPv6 } from 'node:net';
import type { Config } from '../../config/config.ts';
import { exchange } from '../../credentials/http-exchange.ts';
import { failureOf } from '../../processor/failure.ts';
import { systemCode } from '../../processor/system-code.ts';

export type HealthReport = {
  readonly status: 'ok' | 'failing';
  readonly checks: readonly {
    readonly name: string;
    readonly status: 'ok' | 'waiting' | 'failing';
    readonly detail: string;
  }[];
};

const TIMEOUT_MS = 5_000;
/** The metrics of a thousand partitions are shorter. */
const MAX_BYTES = 4_194_304;

/**
 * Asks the `serve` at this address for its health report. If no process answers, the report has one failing check. Never rejects.
 *
 * @param read checks the answer; returns null if it is not a health report
 */
export const askHealth = async (
  { host, port }: Config<'http'>['http'],
  probe: 'live' | 'ready',
  read: (answer: unknown) => HealthReport | null,
): Promise<HealthReport> => {
  const where = addressOf({ host, port });
  try {
    return read(JSON.parse(await ask(where, `health/${probe}`))) ?? failing(notOurs(where));
  } catch (thrown) {
    return failing(isOther(thrown) ? notOurs(where) : `${where}: ${reasonOf(thrown)}`);
  }
};

/** The metrics of the `serve` at this address, as text. Rejects if no process answers. */
export const askMetrics = (http: Config<'http'>['http']): Promise<string> => ask(addressOf(http), 'metrics');

const ask = async (where: string, path: string): Promise<string> => {
  const { text } = await exchange(new URL(`http://${where}/${path}`), {
    timeoutMs: TIMEOUT_MS,
    mostBytes: MAX_BYTES,
  });
  return text;
};

const addressOf = ({ host, port }: Config<'http'>['http']): string => {
  const address = reachable(host);
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
};

/** The address to connect to: a server that listens on every address listens on loopback, too. */
const reachable = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host;

const notOurs = (where: string): string => `${where}: the answer is not from RunClose; check HTTP_PORT`;

/**
 * True if something else answers at the address: the answer is not JSON, too long, or not HTTP. For answers that are not HTTP, Node's
 * parser has its own codes, or the server just closes the connection.
 */
const isOther = (thrown: unknown): boolean => {
  const code = systemCode(thrown) ?? '';
  return thrown instanceof SyntaxError || code.startsWith('HPE_') || OTHERS.has(code);
};

const OTHERS = new Set(['ECONNRESET', 'EPIPE', 'ERR_ANSWER_TOO_LONG']);

const reasonOf = (thrown: unknown): string => REASONS[systemCode(thrown) ?? ''] ?? failureOf(thrown).message;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no process listens; start `runclose serve`, or check HTTP_HOST and HTTP_PORT',
  ABORT_ERR: `no answer within ${TIMEOUT_MS / 1_000} s`,
};

const failing = (detail: string): HealthReport => ({
  status: 'failing',
  checks: [{ name: 'http', status: 'failing', detail }],
});
