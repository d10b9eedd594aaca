import type { z } from 'zod';
import { tlsNames } from '../credentials/tls-settings.ts';
import type { ConfigProblem } from './config-error.ts';
import { missing } from './missing.ts';
import { present, type Renewable, section, type Texts } from './section.ts';
import { tlsProblems } from './tls-problems.ts';
import { address, flag, identifier, listOf, oneOf, pem, text } from './variable-types.ts';

const BROKER = String.raw`(\[[0-9a-fA-F:]+\]|[^\s:/@,]+):\d{1,5}`;

const variables = {
  KAFKA_BROKERS: text('broker-1:9092,broker-2:9092')
    .regex(listOf(BROKER), 'must be a list of host:port, separated by commas')
    .transform((value) => value.split(',').map((broker) => broker.trim())),
  KAFKA_CLIENT_ID: identifier.default('runclose'),
  KAFKA_GROUP_ID: identifier
    .refine(
      (id) => !id.includes('*'),
      'must not contain "*": a right on the group "*" is a right on every group',
    )
    .default('runclose'),
  KAFKA_SSL: flag.optional(),
  KAFKA_SSL_CA: pem.optional(),
  KAFKA_SSL_CERT: pem.optional(),
  KAFKA_SSL_KEY: pem.optional(),
  KAFKA_SSL_KEY_PASSWORD: text().optional(),
  KAFKA_SASL_MECHANISM: oneOf(
    'plain',
    'scram-sha-256',
    'scram-sha-512',
    'oauthbearer',
    'aws-msk-iam',
  ).optional(),
  KAFKA_SASL_USERNAME: text().optional(),
  KAFKA_SASL_PASSWORD: text().optional(),
  KAFKA_SASL_OAUTHBEARER_TOKEN: text().optional(),
  KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: address(
    'https://login.example.com/oauth2/token',
    'KAFKA_SASL_OAUTHBEARER_CLIENT_ID and KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET',
  ).optional(),
  KAFKA_SASL_OAUTHBEARER_CLIENT_ID: text().optional(),
  KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: text().optional(),
  KAFKA_SASL_OAUTHBEARER_SCOPE: text().optional(),
  /** A variable of AWS, which Kubernetes on AWS sets. */
  AWS_REGION: text().optional(),
};

type Name = keyof typeof variables;
type Values = z.output<z.ZodObject<typeof variables>>;
type Mechanism = NonNullable<Values['KAFKA_SASL_MECHANISM']>;

export const kafka = section({
  variables,
  meanings: {
    KAFKA_BROKERS: 'brokers to ask first, separated by commas: `broker-1:9092,broker-2:9092`',
    KAFKA_CLIENT_ID: 'name of this client in the logs and quotas of the brokers',
    KAFKA_GROUP_ID: 'consumer group; also the start of the transactional ids',
    KAFKA_SSL: 'use TLS; `KAFKA_SSL_CA` or `KAFKA_SSL_CERT` alone turns TLS on, too',
    KAFKA_SSL_CA:
      'certificates of the authorities to trust for the brokers, instead of those that Node brings',
    KAFKA_SSL_CERT: 'certificate of this client, for mTLS',
    KAFKA_SSL_KEY: 'key of this client, for mTLS',
    KAFKA_SSL_KEY_PASSWORD: 'password of `KAFKA_SSL_KEY`, if the key is encrypted',
    KAFKA_SASL_MECHANISM: 'how this client logs in',
    KAFKA_SASL_USERNAME: 'user for `plain` and `scram-…`',
    KAFKA_SASL_PASSWORD: 'password for `plain` and `scram-…`',
    KAFKA_SASL_OAUTHBEARER_TOKEN:
      'token for `oauthbearer`; better in a file that another program renews, because each login reads the file again',
    KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL:
      'OpenID Connect endpoint that gives tokens for client credentials, instead of a token. If a private authority signed its certificate, set `NODE_EXTRA_CA_CERTS`',
    KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'id of this client at the token endpoint',
    KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 'secret of this client at the token endpoint',
    KAFKA_SASL_OAUTHBEARER_SCOPE: 'scope to request from the token endpoint, if the endpoint needs one',
    AWS_REGION:
      'region of the cluster for `aws-msk-iam`, which also needs `npm install aws-msk-iam-sasl-signer-js` and `KAFKA_SSL=true`',
  },
  secrets: {
    KAFKA_SSL_CA: 'pem',
    KAFKA_SSL_CERT: 'pem',
    KAFKA_SSL_KEY: 'pem',
    KAFKA_SSL_KEY_PASSWORD: 'text',
    KAFKA_SASL_USERNAME: 'text',
    KAFKA_SASL_PASSWORD: 'text',
    KAFKA_SASL_OAUTHBEARER_TOKEN: 'text',
    KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 'text',
  },
  conflicts: (texts) => [...sslConflicts(texts), ...saslConflicts(texts)],
  settings: (values, secrets) =>
    present({
      brokers: values.KAFKA_BROKERS,
      clientId: values.KAFKA_CLIENT_ID,
      groupId: values.KAFKA_GROUP_ID,
      ssl: sslSettings(values, secrets),
      sasl: saslSettings(values, secrets),
    }),
});

const SSL = tlsNames('KAFKA_SSL');

const SSL_FILES = Object.values(SSL);

const sslConflicts = (texts: Texts<Name>): readonly ConfigProblem[] => {
  const off = texts.KAFKA_SSL?.toLowerCase() === 'false';
  return [
    ...SSL_FILES.filter((name) => off && texts[name] !== undefined).map((variable) =>
      problem(variable, 'is set although KAFKA_SSL is false'),
    ),
    ...tlsProblems(texts, SSL),
  ];
};

const USER: readonly Name[] = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
const CLIENT: readonly Name[] = ['KAFKA_SASL_OAUTHBEARER_CLIENT_ID', 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET'];
const SCOPE = 'KAFKA_SASL_OAUTHBEARER_SCOPE';
const FOR_ENDPOINT: readonly Name[] = [...CLIENT, SCOPE];
const TOKEN = 'KAFKA_SASL_OAUTHBEARER_TOKEN';
const ENDPOINT = 'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL';
const OAUTH: readonly Name[] = [TOKEN, ENDPOINT, ...FOR_ENDPOINT];

const saslConflicts = (texts: Texts<Name>): readonly ConfigProblem[] => {
  const mechanism = texts.KAFKA_SASL_MECHANISM?.toLowerCase() as Mechanism | undefined;
  switch (mechanism) {
    case undefined:
      return [...USER, ...OAUTH]
        .filter((name) => texts[name] !== undefined)
        .slice(0, 1)
        .map((name) => problem('KAFKA_SASL_MECHANISM', `is not set although ${name} is`));
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return [...missing(texts, 'KAFKA_SASL_MECHANISM', USER), ...unused(texts, OAUTH, mechanism)];
    case 'oauthbearer':
      return [...oauthConflicts(texts), ...unused(texts, USER, mechanism)];
    case 'aws-msk-iam':
      return [
        ...missing(texts, 'KAFKA_SASL_MECHANISM', ['AWS_REGION']),
        ...(SSL_FILES.some((name) => texts[name] !== undefined)
          ? []
          : missing(texts, 'KAFKA_SASL_MECHANISM', ['KAFKA_SSL'])),
        ...unused(texts, [...USER, ...OAUTH], mechanism),
      ];
  }
  return [];
};

const oauthConflicts = (texts: Texts<Name>): readonly ConfigProblem[] => {
  if (texts[ENDPOINT] !== undefined) {
    return [
      ...missing(texts, ENDPOINT, CLIENT),
      ...(texts[TOKEN] === undefined
        ? []
        : [problem(TOKEN, `is set, and ${ENDPOINT} as well: set only one of them`)]),
    ];
  }
  if (texts[TOKEN] === undefined)
    return [
      problem(TOKEN, `is not set, but KAFKA_SASL_MECHANISM needs it: set ${TOKEN}_FILE or ${ENDPOINT}`),
    ];
  return FOR_ENDPOINT.filter((name) => texts[name] !== undefined).map((name) =>
    problem(name, `is set although ${ENDPOINT} is not`),
  );
};

/** Reports settings that have no effect: otherwise a user would believe that they have one. */
const unused = (texts: Texts<Name>, names: readonly Name[], mechanism: Mechanism): readonly ConfigProblem[] =>
  names
    .filter((name) => texts[name] !== undefined)
    .map((name) => problem(name, `is set although KAFKA_SASL_MECHANISM is ${mechanism}`));

const problem = (variable: Name, message: string): ConfigProblem => ({ variable, message });

/** A certificate alone turns TLS on: nobody sets one for a connection in plain text. */
const sslSettings = (values: Values, secrets: Renewable<Name>) =>
  (values.KAFKA_SSL ?? SSL_FILES.some((name) => values[name] !== undefined))
    ? present({
        ca: secrets[SSL.ca],
        cert: secrets[SSL.cert],
        key: secrets[SSL.key],
        passphrase: secrets[SSL.passphrase],
      })
    : undefined;

/** The empty defaults are never used: `conflicts` has already reported missing settings. */
const saslSettings = (values: Values, secrets: Renewable<Name>) => {
  const mechanism = values.KAFKA_SASL_MECHANISM;
  switch (mechanism) {
    case undefined:
      return undefined;
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512': {
      const { KAFKA_SASL_USERNAME: username = '', KAFKA_SASL_PASSWORD: password = '' } = secrets;
      return { mechanism, username, password };
    }
    case 'oauthbearer': {
      const { [ENDPOINT]: url, [SCOPE]: scope, KAFKA_SASL_OAUTHBEARER_CLIENT_ID: clientId = '' } = values;
      const { [TOKEN]: token = '', KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: clientSecret = '' } = secrets;
      return url === undefined
        ? { mechanism, token }
        : { mechanism, tokenEndpoint: present({ url, clientId, clientSecret, scope }) };
    }
    case 'aws-msk-iam':
      return { mechanism, region: values.AWS_REGION ?? '' };
  }
};
