import { present, section } from './section.ts';
import { pem, url, wholeNumber } from './variable-types.ts';

export const database = section({
  variables: {
    DATABASE_URL: url(['postgres', 'postgresql'], 'postgres://user:password@localhost:5432/runclose'),
    DATABASE_SSL_CA: pem.optional(),
    DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default('10'),
  },
  meanings: {
    DATABASE_URL:
      'PostgreSQL 14 or later, with a database in UTF8: `postgres://user:password@localhost:5432/runclose`',
    DATABASE_SSL_CA:
      'certificates of the authorities that the database is trusted by, instead of those that Node brings',
    DATABASE_POOL_SIZE: 'most connections that one process holds',
  },
  secrets: { DATABASE_URL: 'text', DATABASE_SSL_CA: 'pem' },
  settings: (values) =>
    present({ url: values.DATABASE_URL, ca: values.DATABASE_SSL_CA, poolSize: values.DATABASE_POOL_SIZE }),
});
