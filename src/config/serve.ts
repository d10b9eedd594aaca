import { section } from './section.ts';
import { wholeNumber } from './variable-types.ts';

export const serve = section({
  variables: {
    SERVE_WORKERS: wholeNumber(1, 64).default('1'),
  },
  meanings: {
    SERVE_WORKERS:
      'members of the consumer group in one `serve`, each in its own thread; best one for each CPU core. They share `DATABASE_POOL_SIZE`',
  },
  secrets: {},
  settings: (values) => ({ workers: values.SERVE_WORKERS }),
});
