/**
 * Tells apart the errors that Postgres, slonik and the network throw, by SQLSTATE and by the class of the error. Texts of the server come in
 * the server's language, so only names in them count; texts of `pg` and of poolers are always English.
 *
 * Only these are permanent: some SQLSTATEs of the server itself, see below; a certificate that is not accepted; a bug of this program.
 * Everything else is transient: a server that is away, starting, failing over, full or overloaded, a machine without free descriptors or
 * ports, and errors that nobody has thought of. Their connection is gone, so the next try opens another.
 */
import { SlonikError } from 'slonik';
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
  const { kind, code, scope = 'server', hint, isLoginRefused = false } = verdictOn(root);
  const message = [`${doing}: ${messageOf(root)}`, hint].filter(Boolean).join('; ');
  return new Failure(kind, code, message, { cause: error, scope, isLoginRefused });
};

type Verdict = {
  readonly kind: FailureKind;
  readonly code: string;
  readonly scope?: 'local';
  readonly hint?: string;
  readonly isLoginRefused?: true;
};

const UNAVAILABLE: Verdict = { kind: 'transient', code: 'POSTGRES_UNAVAILABLE' };
const BUSY: Verdict = { kind: 'transient', code: 'POSTGRES_BUSY' };
/** Somebody else holds what this piece of work needs: the server is well, and serves the others. */
const IN_THE_WAY: Verdict = { ...BUSY, scope: 'local' };

const BUG: Verdict = { kind: 'fatal', code: 'UNEXPECTED_ERROR' };
const REFUSED_DATA: Verdict = { kind: 'fatal', code: 'POSTGRES_REFUSED_DATA' };

const misconfigured = (hint: string): Verdict => ({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED', hint });
const loginRefused = (hint: string): Verdict => ({ ...misconfigured(hint), isLoginRefused: true });

/** By SQLSTATE, the longest prefix that fits. A state that is not here passes in time. */
const BY_SQLSTATE: Readonly<Record<string, Verdict>> = {
  '25P02': BUSY,
  '25P03': BUSY,
  '25P04': BUSY,
  '40': IN_THE_WAY,
  '55P03': IN_THE_WAY,
  '57014': BUSY,
  '0A': BUG,
  '21': BUG,
  '22': REFUSED_DATA,
  '23': REFUSED_DATA,
  '28': loginRefused('check user and password in DATABASE_URL'),
  '3D000': misconfigured('create the database that DATABASE_URL names'),
  '3F000': misconfigured('run `runclose setup`'),
  '42': BUG,
  '42501': misconfigured(
    'the user of DATABASE_URL lacks a right; for `set role`: GRANT runclose_processor TO that user; ' +
      'for `replay rebuild`: GRANT CREATE ON DATABASE to it',
  ),
  '42P01': misconfigured('run `runclose setup`'),
  '42703': misconfigured('run `runclose setup`'),
  '42883': misconfigured('run `runclose setup`'),
};

/** Codes of OpenSSL and Node: the server has shown a certificate that this program does not accept. */
const CERTIFICATE =
  /^(CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT)/;

/** Texts of `pg` itself, always in English. */
const NO_TLS = 'The server does not support SSL connections';
const NO_PASSWORD = /client password must be a (non-empty )?string/;

/** Texts of PgBouncer and RDS Proxy. */
const REFUSED_OPTIONS = /^unsupported startup parameter|command-line options/;

/** Postgres reports a missing role as a wrong value of a setting; the role's name is the same in every language. */
const namesMissingRole = (state: string, message: string): boolean =>
  (state === '22023' || state === '42704') && message.includes('runclose_processor');

const verdictOn = (error: unknown): Verdict => {
  const code = codeOf(error);
  const message = messageOf(error);
  if (REFUSED_OPTIONS.test(message))
    return misconfigured(`the settings of each connection were refused; ${POOLER_HINT}`);
  // The newest setting that each connection asks for; it came with version 14.
  if (code === '42704' && message.includes('"idle_session_timeout"'))
    return misconfigured('the server has to be PostgreSQL 14 or later');
  if (namesMissingRole(code, message)) return misconfigured('run `runclose setup`');
  // A migration changed a table under a prepared statement: the next connection prepares it anew.
  if (code === '0A000' && routineOf(error) === 'RevalidateCachedQuery') return IN_THE_WAY;
  for (let length = 5; code.length === 5 && length >= 2; length -= 1) {
    const verdict = BY_SQLSTATE[code.slice(0, length)];
    if (verdict !== undefined) return verdict;
  }
  if (CERTIFICATE.test(code) || message === NO_TLS) {
    return loginRefused('check DATABASE_SSL_CA, and sslmode in DATABASE_URL');
  }
  if (NO_PASSWORD.test(message)) return loginRefused('set DATABASE_PASSWORD, or a password in DATABASE_URL');
  return isBug(error) ? BUG : UNAVAILABLE;
};

const BUGS = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'AssertionError',
  'ZodError',
  'DataIntegrityError',
  'NotFoundError',
  'SchemaValidationError',
  'InvalidInputError',
  'InvalidConfigurationError',
]);

/** JavaScript's errors are known by their name. slonik's errors have no name of their own, only a class. */
const isBug = (error: unknown): boolean =>
  error instanceof Error && BUGS.has(error instanceof SlonikError ? error.constructor.name : error.name);

/** slonik wraps what ended a connection. */
const rootOf = (error: unknown): unknown => {
  if (!(error instanceof Error) || codeOf(error) !== '') return error;
  return error.cause instanceof Error ? rootOf(error.cause) : error;
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The function of Postgres that raised the error: its name is the same in every language. */
const routineOf = (error: unknown): unknown =>
  error instanceof Error && 'routine' in error ? error.routine : undefined;

// Node gives the error of a name with two addresses no message of its own.
const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};
