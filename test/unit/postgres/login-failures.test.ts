import { expect } from 'chai';
import pg from 'pg';
import { loginFailure } from '../../../src/postgres/login-failures.ts';
import type { ServerSettings } from '../../../src/postgres/server-settings.ts';

const SETTINGS: ServerSettings = { url: 'postgres://da%22na:hidden@db.example:6432/coffee' };
const TLS = { mode: 'verify-full' } as const;

const sqlError = (code: string, message: string, routine = '') =>
  Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, routine });

const codedError = (code: string, message: string) => Object.assign(new Error(message), { code });

const SAID = 'sagt der Server';

/** In the server's own language, where Postgres says it. */
const REFUSALS: readonly (readonly [
  title: string,
  error: Error,
  hint: string,
  settings?: Partial<ServerSettings>,
])[] = [
  ['a wrong password', sqlError('28P01', SAID), 'check the user and the password in DATABASE_URL'],
  [
    'a wrong password of its own setting',
    sqlError('28P01', SAID),
    'check the user in DATABASE_URL, and DATABASE_PASSWORD',
    { password: 'hidden' },
  ],
  [
    'a password with a space too many',
    sqlError('28P01', SAID),
    'DATABASE_PASSWORD, which starts or ends with white space',
    { password: 'hidden ' },
  ],
  [
    'a role that may not log in',
    sqlError('28000', SAID, 'InitializeSessionUserId'),
    'ALTER ROLE "da""na" LOGIN',
  ],
  [
    'plaintext',
    sqlError('28000', SAID, 'ClientAuthentication'),
    'the server may accept only encrypted connections: set DATABASE_SSL_CA, or sslmode in DATABASE_URL',
  ],
  [
    'a missing certificate',
    sqlError('28000', SAID, 'ClientAuthentication'),
    'set DATABASE_SSL_CERT and DATABASE_SSL_KEY; or an administrator',
    { tls: TLS },
  ],
  [
    'a user whom the server does not let in',
    sqlError('28000', SAID, 'ClientAuthentication'),
    "an administrator must let this user in: see the server's pg_hba.conf",
    { tls: { ...TLS, cert: 'PEM' } },
  ],
  [
    'the certificate of somebody else',
    sqlError('28000', SAID, 'auth_failed'),
    'DATABASE_SSL_CERT must be "da""na"',
    { tls: { ...TLS, cert: 'PEM' } },
  ],
  ['a missing database', sqlError('3D000', SAID), 'create the database that DATABASE_URL names'],
  [
    'a missing right to connect',
    sqlError('42501', SAID, 'CheckMyDatabase'),
    'GRANT CONNECT ON DATABASE "coffee" TO "da""na"',
  ],
  ['a user who is no member of the role', sqlError('42501', SAID), 'GRANT runclose_processor TO "da""na"'],
  ['a missing role', sqlError('22023', 'Rolle »runclose_processor« existiert nicht'), 'run `runclose setup`'],
  [
    'a server that is too old',
    sqlError('42704', 'unbekannter Konfigurationsparameter "idle_session_timeout"'),
    'PostgreSQL 14 or later',
  ],
  [
    'PgBouncer',
    sqlError('08P01', 'unsupported startup parameter: options'),
    'let DATABASE_URL name Postgres itself',
  ],
  [
    'a later PgBouncer',
    sqlError('08P01', 'unsupported startup parameter in options: role'),
    'let DATABASE_URL name Postgres itself',
  ],
  [
    'RDS Proxy',
    sqlError('0A000', "RDS Proxy currently doesn't support command-line options."),
    'let DATABASE_URL name Postgres itself',
  ],
  [
    'a server without TLS',
    new Error('The server does not support SSL connections'),
    'turn TLS on in the server',
  ],
  [
    'no password',
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    'set DATABASE_PASSWORD or DATABASE_PASSWORD_FILE',
  ],
  ...[
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_UNTRUSTED',
  ].map((code) => [code, codedError(code, SAID), 'DATABASE_SSL_CA must contain the authority'] as const),
  [
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    codedError('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', SAID),
    'DATABASE_SSL_CA',
  ],
  ['an expired certificate', codedError('CERT_HAS_EXPIRED', SAID), "renew the server's certificate"],
  [
    'another host',
    codedError('ERR_TLS_CERT_ALTNAME_INVALID', SAID),
    "use the name in the server's certificate",
  ],
  ...['TLSV1_ALERT_UNKNOWN_CA', 'SSLV3_ALERT_CERTIFICATE_EXPIRED', 'TLSV13_ALERT_CERTIFICATE_REQUIRED'].map(
    (alert) =>
      [alert, codedError(`ERR_SSL_${alert}`, SAID), 'renew DATABASE_SSL_CERT and DATABASE_SSL_KEY'] as const,
  ),
  [
    'a key of another certificate',
    codedError('ERR_OSSL_X509_KEY_VALUES_MISMATCH', SAID),
    'check DATABASE_SSL_CERT, DATABASE_SSL_KEY',
  ],
];

describe('A refused connection to Postgres', () => {
  for (const [title, error, hint, settings = {}] of REFUSALS) {
    it(`is wrong configuration at the start, transient later, and names the setting to change: ${title}`, () => {
      const failure = loginFailure(error, { ...SETTINGS, ...settings });
      expect(failure).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED', isLoginRefused: true });
      expect(failure)
        .to.have.property('message')
        .that.matches(/^logging in to Postgres at db\.example:6432: /)
        .and.includes(hint)
        .and.does.not.include('hidden');
    });
  }

  for (const error of [
    sqlError('57P03', 'the database system is starting up'),
    sqlError('53300', 'too many connections for role'),
    sqlError('22023', 'invalid value'),
    codedError('ECONNREFUSED', 'connect ECONNREFUSED'),
    codedError('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'),
    new Error('timeout expired'),
    new Error('There was an error establishing an SSL connection'),
  ]) {
    it(`is something else: ${error.message}`, () => expect(loginFailure(error, SETTINGS)).to.equal(error));
  }
});
