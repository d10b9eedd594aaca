import { tlsNames } from '../credentials/tls-settings.ts';
import type { ConfigProblem } from './config-error.ts';
import { missing } from './missing.ts';
import { present, section, type Texts } from './section.ts';
import { tlsProblems } from './tls-problems.ts';
import { addresses, pem, text } from './variable-types.ts';

const variables = {
  SCHEMA_REGISTRY_URL: addresses(
    'http://localhost:8081',
    'SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, or SCHEMA_REGISTRY_TOKEN',
  ),
  SCHEMA_REGISTRY_USERNAME: text().optional(),
  SCHEMA_REGISTRY_PASSWORD: text().optional(),
  SCHEMA_REGISTRY_TOKEN: text().optional(),
  SCHEMA_REGISTRY_SSL_CA: pem.optional(),
  SCHEMA_REGISTRY_SSL_CERT: pem.optional(),
  SCHEMA_REGISTRY_SSL_KEY: pem.optional(),
  SCHEMA_REGISTRY_SSL_KEY_PASSWORD: text().optional(),
};

type Name = keyof typeof variables;

const SSL = tlsNames('SCHEMA_REGISTRY_SSL');

export const registry = section({
  variables,
  meanings: {
    SCHEMA_REGISTRY_URL:
      "address of a schema registry with Confluent's API: `http://localhost:8081`; RunClose tries several addresses, separated by commas, in turn",
    SCHEMA_REGISTRY_USERNAME: 'user for basic authentication',
    SCHEMA_REGISTRY_PASSWORD: 'password for basic authentication',
    SCHEMA_REGISTRY_TOKEN: 'bearer token, instead of user and password',
    SCHEMA_REGISTRY_SSL_CA:
      'certificates of the authorities to trust for the registry, instead of those that Node brings',
    SCHEMA_REGISTRY_SSL_CERT: 'certificate of this client, for mTLS',
    SCHEMA_REGISTRY_SSL_KEY: 'key of this client, for mTLS',
    SCHEMA_REGISTRY_SSL_KEY_PASSWORD: 'password of `SCHEMA_REGISTRY_SSL_KEY`, if the key is encrypted',
  },
  secrets: {
    SCHEMA_REGISTRY_USERNAME: 'text',
    SCHEMA_REGISTRY_PASSWORD: 'text',
    SCHEMA_REGISTRY_TOKEN: 'text',
    SCHEMA_REGISTRY_SSL_CA: 'pem',
    SCHEMA_REGISTRY_SSL_CERT: 'pem',
    SCHEMA_REGISTRY_SSL_KEY: 'pem',
    SCHEMA_REGISTRY_SSL_KEY_PASSWORD: 'text',
  },
  conflicts: (texts) => [
    ...missing(texts, 'SCHEMA_REGISTRY_PASSWORD', ['SCHEMA_REGISTRY_USERNAME']),
    ...missing(texts, 'SCHEMA_REGISTRY_USERNAME', ['SCHEMA_REGISTRY_PASSWORD']),
    ...twoLogins(texts),
    ...withoutTls(texts),
    ...tlsProblems(texts, SSL),
  ],
  settings: (values, secrets) =>
    present({
      url: values.SCHEMA_REGISTRY_URL,
      username: secrets.SCHEMA_REGISTRY_USERNAME,
      password: secrets.SCHEMA_REGISTRY_PASSWORD,
      token: secrets.SCHEMA_REGISTRY_TOKEN,
      ca: secrets[SSL.ca],
      cert: secrets[SSL.cert],
      key: secrets[SSL.key],
      passphrase: secrets[SSL.passphrase],
    }),
});

const twoLogins = (texts: Texts<Name>): readonly ConfigProblem[] =>
  texts.SCHEMA_REGISTRY_TOKEN !== undefined && texts.SCHEMA_REGISTRY_USERNAME !== undefined
    ? [
        {
          variable: 'SCHEMA_REGISTRY_TOKEN',
          message: 'is set, and so is SCHEMA_REGISTRY_USERNAME: set only one of them',
        },
      ]
    : [];

const withoutTls = (texts: Texts<Name>): readonly ConfigProblem[] =>
  texts.SCHEMA_REGISTRY_URL === undefined || /(^|,)\s*https:/i.test(texts.SCHEMA_REGISTRY_URL)
    ? []
    : Object.values(SSL)
        .filter((name) => texts[name] !== undefined)
        .map((variable) => ({ variable, message: 'is set although SCHEMA_REGISTRY_URL is not https' }));
