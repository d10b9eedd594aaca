/**
 * Says why a server or this program refuses a new connection, and which setting to change. At the start such a failure is wrong
 * configuration. A running `serve` waits until somebody has fixed the cause, because passwords, certificates, roles and rights change.
 * failures.ts handles all other failures of a connection.
 */
import { parseIntoClientConfig } from 'pg-connection-string';
import { Failure } from '../processor/failure.ts';
import { codeOf, messageOf, routineOf } from './error-facts.ts';
import type { ServerSettings } from './server-settings.ts';
import { POOLER_HINT } from './session-check.ts';

/** The failure that says what to change, or the error itself. */
export const loginFailure = (error: unknown, settings: ServerSettings): unknown => {
  const refusal = refusalBy(error, factsOf(settings));
  if (refusal === null) return error;
  const { what = messageOf(error), hint } = refusal;
  const server = new URL(settings.url).host || 'its socket';
  return new Failure(
    'fatal',
    'POSTGRES_MISCONFIGURED',
    `logging in to Postgres at ${server}: ${what}; ${hint}`,
    {
      cause: error,
      isLoginRefused: true,
    },
  );
};

type Refusal = { readonly hint: string; readonly what?: string };

type Facts = {
  readonly user: string;
  readonly database: string;
  readonly password: string;
  /** Whether the password is in the URL. */
  readonly isInUrl: boolean;
  readonly isEncrypted: boolean;
  readonly hasCertificate: boolean;
};

const factsOf = ({ url, password, tls }: ServerSettings): Facts => {
  const fromUrl = parseIntoClientConfig(url);
  const inUrl = typeof fromUrl.password === 'string' ? fromUrl.password : '';
  return {
    user: fromUrl.user ?? '',
    database: fromUrl.database ?? '',
    password: password ?? inUrl,
    isInUrl: password === undefined,
    isEncrypted: tls !== undefined && tls.mode !== 'disable',
    hasCertificate: tls?.cert !== undefined,
  };
};

const refusalBy = (error: unknown, facts: Facts): Refusal | null =>
  byPooler(error) ?? bySqlState(error, facts) ?? byClient(error) ?? byTls(error);

/** Texts of PgBouncer and RDS Proxy. */
const REFUSED_OPTIONS = /^unsupported startup parameter|command-line options/;

const byPooler = (error: unknown): Refusal | null =>
  REFUSED_OPTIONS.test(messageOf(error))
    ? { hint: `the server refused the settings of the connection; ${POOLER_HINT}` }
    : null;

const bySqlState = (error: unknown, facts: Facts): Refusal | null => {
  const message = messageOf(error);
  switch (codeOf(error)) {
    case '28P01':
      return { hint: wrongPassword(facts) };
    case '28000':
      return { hint: notLetIn(routineOf(error), facts) };
    case '3D000':
      return { hint: 'create the database that DATABASE_URL names' };
    case '42501':
      return {
        hint:
          routineOf(error) === 'CheckMyDatabase'
            ? `an administrator must run: GRANT CONNECT ON DATABASE ${quoted(facts.database)} TO ${quoted(facts.user)}`
            : `an administrator must run: GRANT runclose_processor TO ${quoted(facts.user)}; from PostgreSQL 16 on WITH SET TRUE, if it was granted before`,
      };
    case '22023':
    case '42704':
      // Postgres reports a missing role as a wrong value of a setting; the role's name is the same in every language.
      if (message.includes('runclose_processor')) return { hint: 'run `runclose setup`' };
      // The newest setting that each connection asks for; it came with version 14.
      if (message.includes('"idle_session_timeout"'))
        return { hint: 'the server must be PostgreSQL 14 or later' };
  }
  return null;
};

const wrongPassword = ({ password, isInUrl }: Facts): string =>
  (isInUrl
    ? 'check the user and the password in DATABASE_URL'
    : 'check the user in DATABASE_URL, and DATABASE_PASSWORD') +
  (password === password.trim() ? '' : ', which starts or ends with white space');

/** `routine` is the server's function that refused: its name is the same in every language. */
const notLetIn = (routine: string, facts: Facts): string => {
  switch (routine) {
    case 'InitializeSessionUserId':
      return `create the role ${quoted(facts.user)}, or let it log in: ALTER ROLE ${quoted(facts.user)} LOGIN`;
    case 'auth_failed':
      return facts.hasCertificate
        ? `the common name of the certificate in DATABASE_SSL_CERT must be ${quoted(facts.user)}, the user in DATABASE_URL`
        : wrongPassword(facts);
  }
  const rule = "or an administrator must let this user in: see the server's pg_hba.conf";
  if (!facts.isEncrypted)
    return `the server may accept only encrypted connections: set DATABASE_SSL_CA, or sslmode in DATABASE_URL; ${rule}`;
  if (!facts.hasCertificate)
    return `the server may ask for a certificate: set DATABASE_SSL_CERT and DATABASE_SSL_KEY; ${rule}`;
  return "an administrator must let this user in: see the server's pg_hba.conf";
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Texts of `pg` itself, always in English. */
const byClient = (error: unknown): Refusal | null => {
  const message = messageOf(error);
  if (message === 'The server does not support SSL connections')
    return {
      hint: 'turn TLS on in the server, or unset DATABASE_SSL_CA, DATABASE_SSL_CERT and sslmode',
    };
  if (/client password must be a (non-empty )?string/.test(message))
    return {
      what: 'the server asks for a password, and none is set',
      hint: 'set DATABASE_PASSWORD or DATABASE_PASSWORD_FILE, or a password in DATABASE_URL',
    };
  return null;
};

const RENEW = "renew the server's certificate, or correct this machine's clock";
const OTHER_AUTHORITY =
  "DATABASE_SSL_CA must contain the authority of the server's certificate; without DATABASE_SSL_CA, only public authorities count";

/** Codes of OpenSSL and Node. */
const byTls = (error: unknown): Refusal | null => {
  const code = codeOf(error);
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return { hint: RENEW };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return {
      hint: "use the name in the server's certificate as the host in DATABASE_URL, or set sslmode=verify-ca, which does not check the host",
    };
  if (AUTHORITY.test(code)) return { hint: OTHER_AUTHORITY };
  const alert = ALERT.exec(code)?.[1];
  if (alert !== undefined)
    return {
      what: `the server refuses the client's certificate (${alert.toLowerCase().replaceAll('_', ' ')})`,
      hint: 'renew DATABASE_SSL_CERT and DATABASE_SSL_KEY, or set them',
    };
  if (code.startsWith('ERR_OSSL_'))
    return { hint: 'check DATABASE_SSL_CERT, DATABASE_SSL_KEY and DATABASE_SSL_KEY_PASSWORD' };
  return null;
};

const AUTHORITY =
  /^(CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|INVALID_(CA|PURPOSE)|ERR_TLS_CERT)/;

const ALERT =
  /ALERT_(UNKNOWN_CA|(?:BAD|UNSUPPORTED|NO)_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REVOKED|REQUIRED|UNKNOWN))$/;
