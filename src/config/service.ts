import { z } from 'zod';
import { present, section } from './section.ts';
import { oneOf, wholeNumber } from './variable-types.ts';

/** Kafka allows 249 characters in a topic's name. Without a prefix, the longest name is `run.close.requested.dlq`, of 23 characters. */
const PREFIX = /^[a-zA-Z0-9._-]{1,226}$/;

/**
 * Seconds. `serve` has a seventh of the time for leaving its group, and must first wait for a fetch in flight, which may take 250 ms. If it
 * does not leave in time, nobody reads its partitions until its session ends, which takes 30 seconds.
 */
const MIN_SHUTDOWN_SECONDS = 5;

/** Settings that every command needs. */
export const service = section({
  variables: {
    LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
    LOG_FORMAT: oneOf('json', 'pretty').optional(),
    TOPIC_PREFIX: z
      .string()
      .regex(PREFIX, 'may hold letters, digits, ".", "_" and "-", 226 at most')
      .optional(),
    TOPIC_PARTITIONS: wholeNumber(1, 10_000).default('6'),
    TOPIC_REPLICATION_FACTOR: wholeNumber(1, 100).optional(),
    STARTUP_TIMEOUT_SECONDS: wholeNumber(0, 3_600).default('30'),
    SHUTDOWN_TIMEOUT_SECONDS: wholeNumber(MIN_SHUTDOWN_SECONDS, 3_600).default('30'),
  },
  meanings: {
    LOG_LEVEL:
      'lowest level of the log lines on stdout; SIGUSR2 switches a running `serve` to `debug` and back',
    LOG_FORMAT:
      'form of the log on stdout: `json`, or `pretty` for people, with a line for each decision. Unset: `pretty` on a terminal, `json` elsewhere. `serve --json` always logs JSON',
    TOPIC_PREFIX: 'start of the names of topics and subjects, including a separator: `staging.`',
    TOPIC_PARTITIONS: 'partitions of each topic; only `setup` reads it',
    TOPIC_REPLICATION_FACTOR:
      "copies of each partition, instead of the broker's default; only `setup` reads it",
    STARTUP_TIMEOUT_SECONDS:
      'how many seconds a starting process waits for a server that is down, before it exits with code 69',
    SHUTDOWN_TIMEOUT_SECONDS: 'how many seconds `serve` may drain after SIGTERM',
  },
  secrets: {},
  settings: (values) => ({
    logLevel: values.LOG_LEVEL,
    ...present({ logFormat: values.LOG_FORMAT }),
    topics: present({
      prefix: values.TOPIC_PREFIX ?? '',
      partitions: values.TOPIC_PARTITIONS,
      replicationFactor: values.TOPIC_REPLICATION_FACTOR,
    }),
    startupTimeoutSeconds: values.STARTUP_TIMEOUT_SECONDS,
    shutdownTimeoutSeconds: values.SHUTDOWN_TIMEOUT_SECONDS,
  }),
});
