import { tlsNames } from '../credentials/tls-settings.ts';
import { filesOfUrl, modeConflicts, tlsOf, withoutTls } from './database-tls.ts';
import { present, section } from './section.ts';
import { tlsProblems } from './tls-problems.ts';
import { pem, text, url, wholeNumber } from './variable-types.ts';

const SSL = tlsNames('DATABASE_SSL');

export const database = section({
  variables: {
    DATABASE_URL: url(
      ['postgres', 'postgresql'],
      'postgres://user:password@localhost:5432/runclose',
      '; or remove the password, and set DATABASE_PASSWORD',
    ),
    DATABASE_PASSWORD: text().optional(),
    DATABASE_SSL_CA: pem.optional(),
    DATABASE_SSL_CERT: pem.optional(),
    DATABASE_SSL_KEY: pem.optional(),
    DATABASE_SSL_KEY_PASSWORD: text().optional(),
    DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default('10'),
  },
  meanings: {
    DATABASE_URL:
      'PostgreSQL 14 or later, with a database in UTF8: `postgres://user:password@localhost:5432/runclose`. ' +
      'Its `sslmode` may be `disable`, `require`, `verify-ca` or `verify-full`',
    DATABASE_PASSWORD: 'password, instead of the one in `DATABASE_URL`',
    DATABASE_SSL_CA:
      'certificates of the authorities to trust for the database, instead of those that Node brings; turns TLS on',
    DATABASE_SSL_CERT: 'certificate of this client, if the database asks for one',
    DATABASE_SSL_KEY: 'key of this client',
    DATABASE_SSL_KEY_PASSWORD: 'password of `DATABASE_SSL_KEY`, if the key is encrypted',
    DATABASE_POOL_SIZE: 'maximum number of connections of one process',
  },
  secrets: {
    DATABASE_URL: 'text',
    DATABASE_PASSWORD: 'text',
    DATABASE_SSL_CA: 'pem',
    DATABASE_SSL_CERT: 'pem',
    DATABASE_SSL_KEY: 'pem',
    DATABASE_SSL_KEY_PASSWORD: 'text',
  },
  expand: filesOfUrl,
  conflicts: (texts) => [...modeConflicts(texts), ...tlsProblems(texts, SSL)],
  settings: (values) =>
    present({
      url: withoutTls(values.DATABASE_URL),
      password: values.DATABASE_PASSWORD,
      tls: tlsOf(values),
      poolSize: values.DATABASE_POOL_SIZE,
    }),
});
