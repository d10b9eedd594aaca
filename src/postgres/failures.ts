/**
 * Tells apart the errors that Postgres, slonik and the network throw, by SQLSTATE and by the class of the error. Texts of the server come
 * in the server's language, so only names in them count; texts of `pg` and of poolers are always English.
 *
 * Only these are permanent: some SQLSTATEs of the server itself, see below; a refused login, see login-failures.ts; a bug of this program.
 * Everything else is transient: a server that is down, starting, failing over, full or overloaded, a machine without free descriptors or
 * ports, and errors that nobody has thought of. Their connection is gone, so the next try opens another.
 */
import { SlonikError } from 'slonik';
import { Failure, type FailureKind } from '../processor/failure.ts';
import { codeOf, messageOf, routineOf } from './error-facts.ts';

/** Runs the work. If it throws anything but a `Failure`, turns the error into a `Failure` whose message starts with `doing`. */
export const withPostgresFailure = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
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
/** Another session is in the way, for example with a lock. The server itself is healthy, and other work continues. */
const IN_THE_WAY: Verdict = { ...BUSY, scope: 'local' };

const BUG: Verdict = { kind: 'fatal', code: 'UNEXPECTED_ERROR' };
const REFUSED_DATA: Verdict = { kind: 'fatal', code: 'POSTGRES_REFUSED_DATA' };

const RUN_SETUP = 'run `runclose setup`; if it changes nothing, `runclose doctor` says what is missing';

const misconfigured = (hint: string): Verdict => ({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED', hint });

/** By SQLSTATE; the longest matching prefix counts. Any other state is transient. */
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
  '3F000': misconfigured(RUN_SETUP),
  '42': BUG,
  '42P10': misconfigured('an index or a constraint is missing: `runclose doctor` says which'),
  // A running `serve` waits until the right is granted again.
  '42501': {
    ...misconfigured(
      'for `setup`, `purge`, `forget` and `replay rebuild`, DATABASE_URL must name the owner: the login that owns the schemas and has ' +
        'CREATE on the database; for all other commands, `runclose setup`, run by the owner, grants what is missing',
    ),
    isLoginRefused: true,
  },
  '42P01': misconfigured(RUN_SETUP),
  '42703': misconfigured(RUN_SETUP),
  '42883': misconfigured(RUN_SETUP),
};

/** What belongs to Postgres itself has one of these names. The owner of RunClose's schema cannot grant rights on it. */
const OF_POSTGRES = /\b(?:pg_\w+|has_\w+_privilege|set_config|current_setting)\b/;

/** Some names stand for several functions; these are the types of the one that RunClose calls. */
const ARGUMENTS = [
  [/^current_setting$/, '(text)'],
  [/advisory/, '(bigint)'],
  [/^has_/, '(oid, text)'],
  [/^pg_has_role$/, '(name, text)'],
  [/^pg_get_viewdef$/, '(oid)'],
] as const;

const superuserGrants = (name: string): string =>
  `${name} belongs to Postgres itself, so a superuser must give the right back: ` +
  `GRANT EXECUTE ON FUNCTION ${name}${ARGUMENTS.find(([names]) => names.test(name))?.[1] ?? ''} TO PUBLIC; ` +
  `for a table or view: GRANT SELECT ON ${name} TO PUBLIC`;

/** Postgres reports a missing role as a wrong value of a setting; the role's name is the same in every language. */
const namesMissingRole = (state: string, message: string): boolean =>
  (state === '22023' || state === '42704') && message.includes('runclose_processor');

const verdictOn = (error: unknown): Verdict => {
  const code = codeOf(error);
  const message = messageOf(error);
  if (namesMissingRole(code, message)) return misconfigured('run `runclose setup`');
  // A migration changed a table under a prepared statement: the next connection prepares the statement again.
  if (code === '0A000' && routineOf(error) === 'RevalidateCachedQuery') return IN_THE_WAY;
  const [builtIn] = OF_POSTGRES.exec(message) ?? [];
  if (code === '42501' && builtIn !== undefined)
    return { ...misconfigured(superuserGrants(builtIn)), isLoginRefused: true };
  for (let length = 5; code.length === 5 && length >= 2; length -= 1) {
    const verdict = BY_SQLSTATE[code.slice(0, length)];
    if (verdict !== undefined) return verdict;
  }
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

/** slonik wraps the error that ended a connection. */
const rootOf = (error: unknown): unknown => {
  if (!(error instanceof Error) || codeOf(error) !== '') return error;
  return error.cause instanceof Error ? rootOf(error.cause) : error;
};
