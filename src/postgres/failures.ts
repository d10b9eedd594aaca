/**
 * What Postgres, slonik and the network throw, told apart by SQLSTATE and system error code.
 *
 * Transient is whatever a server that is away, starting, failing over, full or overloaded says; the connection is gone by then,
 * so the next try meets another. Wrong credentials, rights or a wrong database are fatal at any time: secrets are read at start,
 * so only a new start can heal them. Anything else is a bug, and fatal.
 */
import { Failure, type FailureKind } from '../processor/failure.ts';
import { POOLER_HINT } from './session-check.ts';

/** Runs a piece of work; what it throws becomes a `Failure` whose message begins with what was being done. */
export const during = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw postgresFailure(doing, error);
  }
};

export const postgresFailure = (doing: string, error: unknown): Failure => {
  const root = rootOf(error);
  if (root instanceof Failure) return root;
  const { kind, code, scope = 'server', hint } = verdictOn(root);
  const message = [`${doing}: ${messageOf(root)}`, hint].filter(Boolean).join('; ');
  return new Failure(kind, code, message, { cause: error, scope });
};

type Verdict = {
  readonly kind: FailureKind;
  readonly code: string;
  readonly scope?: 'local';
  readonly hint?: string;
};

const UNAVAILABLE: Verdict = { kind: 'transient', code: 'POSTGRES_UNAVAILABLE' };
const BUSY: Verdict = { kind: 'transient', code: 'POSTGRES_BUSY' };
/** Somebody else holds what this piece of work needs: the server is well, and serves the others. */
const IN_THE_WAY: Verdict = { ...BUSY, scope: 'local' };

const misconfigured = (hint: string): Verdict => ({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED', hint });

/** By SQLSTATE, the longest prefix that fits. */
const BY_SQLSTATE: Readonly<Record<string, Verdict>> = {
  '08': UNAVAILABLE,
  // A standby after a fail-over: it answers, but takes no writes.
  '25006': UNAVAILABLE,
  '25P02': BUSY,
  '25P03': BUSY,
  '25P04': BUSY,
  '40': IN_THE_WAY,
  '53': UNAVAILABLE,
  '55P03': IN_THE_WAY,
  '57': UNAVAILABLE,
  '57014': BUSY,
  '58': UNAVAILABLE,
  '22': { kind: 'fatal', code: 'POSTGRES_REFUSED_DATA' },
  '23': { kind: 'fatal', code: 'POSTGRES_REFUSED_DATA' },
  '28': misconfigured('check user and password in DATABASE_URL'),
  '3D000': misconfigured('create the database that DATABASE_URL names'),
  '3F000': misconfigured('run `runclose setup`'),
  '42501': misconfigured(
    'the user of DATABASE_URL lacks a right; for `set role`: GRANT runclose_processor TO that user; ' +
      'for `replay rebuild`: GRANT CREATE ON DATABASE to it',
  ),
  '42P01': misconfigured('run `runclose setup`'),
  '42703': misconfigured('run `runclose setup`'),
  '42883': misconfigured('run `runclose setup`'),
};

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // a Unix socket whose server is away
]);

/** What `pg` and the driver say without a code. */
const LOST_CONNECTION =
  /^(Connection terminated|no answer within|timeout expired|Client has encountered a connection error)/;

/** PgBouncer's and RDS Proxy's words. */
const REFUSED_OPTIONS = /^unsupported startup parameter|command-line options/;

const MISSING_ROLE = /^role "runclose_processor" does not exist/;

const verdictOn = (error: unknown): Verdict => {
  const code = codeOf(error);
  const message = messageOf(error);
  if (REFUSED_OPTIONS.test(message))
    return misconfigured(`the settings of each connection were refused; ${POOLER_HINT}`);
  // The newest setting that each connection asks for: version 14 brought it.
  if (code === '42704' && message.includes('"idle_session_timeout"'))
    return misconfigured('the server has to be PostgreSQL 14 or later');
  if (MISSING_ROLE.test(message)) return misconfigured('run `runclose setup`');
  // A migration changed a table under a prepared statement: the next connection prepares it anew.
  if (message.includes('cached plan must not change')) return IN_THE_WAY;
  for (let length = 5; code.length === 5 && length >= 2; length -= 1) {
    const verdict = BY_SQLSTATE[code.slice(0, length)];
    if (verdict !== undefined) return verdict;
  }
  if (NETWORK.has(code) || LOST_CONNECTION.test(message)) return UNAVAILABLE;
  if (/CERT|SELF_SIGNED|ERR_TLS|does not support SSL/.test(`${code} ${message}`)) {
    return misconfigured('check DATABASE_SSL_CA, and sslmode in DATABASE_URL');
  }
  return { kind: 'fatal', code: 'UNEXPECTED_ERROR' };
};

/** slonik wraps what ended a connection. */
const rootOf = (error: unknown): unknown => {
  if (!(error instanceof Error) || codeOf(error) !== '') return error;
  return error.cause instanceof Error ? rootOf(error.cause) : error;
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

// Node gives the error of a name with two addresses no message of its own.
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};
