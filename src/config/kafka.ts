import type { z } from 'zod';
import type { ConfigProblem } from './config-error.ts';
import { present, section, type Texts } from './section.ts';
import { flag, identifier, oneOf, pem, text } from './variable-types.ts';

const BROKER = /^(\[[0-9a-fA-F:]+\]|[^\s:/@,]+):\d{1,5}$/;

const variables = {
  KAFKA_BROKERS: text('broker-1:9092,broker-2:9092')
    .transform((value) => value.split(',').map((broker) => broker.trim()))
    .refine(
      (brokers) => brokers.every((it) => BROKER.test(it)),
      'must be a list of host:port, separated by commas',
    ),
  KAFKA_CLIENT_ID: identifier.default('runclose'),
  KAFKA_GROUP_ID: identifier.default('runclose'),
  KAFKA_SSL: flag.optional(),
  KAFKA_SSL_CA: pem.optional(),
  KAFKA_SSL_CERT: pem.optional(),
  KAFKA_SSL_KEY: pem.optional(),
  KAFKA_SSL_KEY_PASSWORD: text().optional(),
  KAFKA_SASL_MECHANISM: oneOf('plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer').optional(),
  KAFKA_SASL_USERNAME: text().optional(),
  KAFKA_SASL_PASSWORD: text().optional(),
  /** Stays a path: the token is read anew for every connection, so that it may be renewed in place. */
  KAFKA_SASL_OAUTHBEARER_TOKEN_FILE: text().optional(),
};

type Name = keyof typeof variables;
type Values = z.output<z.ZodObject<typeof variables>>;

export const kafka = section({
  variables,
  meanings: {
    KAFKA_BROKERS: 'brokers to ask first, separated by commas: `broker-1:9092,broker-2:9092`',
    KAFKA_CLIENT_ID: 'name of this client in the logs and quotas of the brokers',
    KAFKA_GROUP_ID: 'consumer group; also the start of the transactional ids',
    KAFKA_SSL: 'use TLS; certificates alone turn TLS on, too',
    KAFKA_SSL_CA:
      'certificates of the authorities that the brokers are trusted by, instead of those that Node brings',
    KAFKA_SSL_CERT: 'certificate of this client, for mTLS',
    KAFKA_SSL_KEY: 'key of this client, for mTLS',
    KAFKA_SSL_KEY_PASSWORD: 'password of `KAFKA_SSL_KEY`, if the key is encrypted',
    KAFKA_SASL_MECHANISM: 'how this client logs in',
    KAFKA_SASL_USERNAME: 'user for `plain` and `scram-…`',
    KAFKA_SASL_PASSWORD: 'password for `plain` and `scram-…`',
    KAFKA_SASL_OAUTHBEARER_TOKEN_FILE:
      'path of the token for `oauthbearer`; read again for each new connection',
  },
  secrets: {
    KAFKA_SSL_CA: 'pem',
    KAFKA_SSL_CERT: 'pem',
    KAFKA_SSL_KEY: 'pem',
    KAFKA_SSL_KEY_PASSWORD: 'text',
    KAFKA_SASL_USERNAME: 'text',
    KAFKA_SASL_PASSWORD: 'text',
  },
  conflicts: (texts) => [...sslConflicts(texts), ...saslConflicts(texts)],
  settings: (values) =>
    present({
      brokers: values.KAFKA_BROKERS,
      clientId: values.KAFKA_CLIENT_ID,
      groupId: values.KAFKA_GROUP_ID,
      ssl: sslSettings(values),
      sasl: saslSettings(values),
    }),
});

const SSL_FILES = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY', 'KAFKA_SSL_KEY_PASSWORD'] as const;

const sslConflicts = (texts: Texts<Name>): ConfigProblem[] => {
  const off = texts.KAFKA_SSL?.toLowerCase() === 'false';
  return [
    ...SSL_FILES.filter((name) => off && texts[name] !== undefined).map((variable) =>
      problem(variable, 'is set although KAFKA_SSL is false'),
    ),
    ...missing(texts, 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'),
    ...missing(texts, 'KAFKA_SSL_KEY', 'KAFKA_SSL_CERT'),
    ...missing(texts, 'KAFKA_SSL_KEY_PASSWORD', 'KAFKA_SSL_KEY'),
  ];
};

const saslConflicts = (texts: Texts<Name>): ConfigProblem[] => {
  const mechanism = texts.KAFKA_SASL_MECHANISM?.toLowerCase();
  const needed: Name[] =
    mechanism === 'oauthbearer'
      ? ['KAFKA_SASL_OAUTHBEARER_TOKEN_FILE']
      : ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
  return mechanism === undefined
    ? (['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD', 'KAFKA_SASL_OAUTHBEARER_TOKEN_FILE'] as const)
        .filter((name) => texts[name] !== undefined)
        .slice(0, 1)
        .map((name) => problem('KAFKA_SASL_MECHANISM', `is not set although ${name} is`))
    : needed.flatMap((name) => missing(texts, 'KAFKA_SASL_MECHANISM', name));
};

const missing = (texts: Texts<Name>, because: Name, needed: Name): ConfigProblem[] =>
  texts[because] !== undefined && texts[needed] === undefined
    ? [problem(needed, `is not set although ${because} asks for it`)]
    : [];

const problem = (variable: Name, message: string): ConfigProblem => ({ variable, message });

/** A certificate alone turns TLS on: nobody who names one wants plain text. */
const sslSettings = (values: Values) => {
  const {
    KAFKA_SSL_CA: ca,
    KAFKA_SSL_CERT: cert,
    KAFKA_SSL_KEY: key,
    KAFKA_SSL_KEY_PASSWORD: passphrase,
  } = values;
  return (values.KAFKA_SSL ?? SSL_FILES.some((name) => values[name] !== undefined))
    ? present({ ca, cert, key, passphrase })
    : undefined;
};

const saslSettings = (values: Values) => {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_OAUTHBEARER_TOKEN_FILE: tokenFile = '' } = values;
  if (mechanism === undefined) return undefined;
  return mechanism === 'oauthbearer'
    ? { mechanism, tokenFile }
    : { mechanism, username: values.KAFKA_SASL_USERNAME ?? '', password: values.KAFKA_SASL_PASSWORD ?? '' };
};
