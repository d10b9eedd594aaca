import { present, section } from './section.ts';
import { pem, url, wholeNumber } from './variable-types.ts';

export const database = section({
  variables: {
    DATABASE_URL: url(['postgres', 'postgresql'], 'postgres://user:password@localhost:5432/runclose'),
    DATABASE_SSL_CA: pem.optional(),
    DATABASE_POOL_SIZE: wholeNumber(1, 1_000).default('10'),
  },
  secrets: { DATABASE_URL: 'text', DATABASE_SSL_CA: 'pem' },
  settings: (values) =>
    present({ url: values.DATABASE_URL, ca: values.DATABASE_SSL_CA, poolSize: values.DATABASE_POOL_SIZE }),
});
