import { present, section } from './section.ts';
import { address, pem, text } from './variable-types.ts';

export const registry = section({
  variables: {
    SCHEMA_REGISTRY_URL: address(
      'http://localhost:8081',
      'SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD',
    ),
    SCHEMA_REGISTRY_USERNAME: text().optional(),
    SCHEMA_REGISTRY_PASSWORD: text().optional(),
    SCHEMA_REGISTRY_SSL_CA: pem.optional(),
  },
  meanings: {
    SCHEMA_REGISTRY_URL: "a schema registry with Confluent's API: `http://localhost:8081`",
    SCHEMA_REGISTRY_USERNAME: 'user for basic authentication',
    SCHEMA_REGISTRY_PASSWORD: 'password for basic authentication',
    SCHEMA_REGISTRY_SSL_CA:
      'certificates of the authorities that the registry is trusted by, instead of those that Node brings',
  },
  secrets: {
    SCHEMA_REGISTRY_USERNAME: 'text',
    SCHEMA_REGISTRY_PASSWORD: 'text',
    SCHEMA_REGISTRY_SSL_CA: 'pem',
  },
  conflicts: (texts) =>
    texts.SCHEMA_REGISTRY_PASSWORD !== undefined && texts.SCHEMA_REGISTRY_USERNAME === undefined
      ? [{ variable: 'SCHEMA_REGISTRY_USERNAME', message: 'is not set although SCHEMA_REGISTRY_PASSWORD is' }]
      : [],
  settings: (values) =>
    present({
      url: values.SCHEMA_REGISTRY_URL.replace(/\/+$/, ''),
      username: values.SCHEMA_REGISTRY_USERNAME,
      password: values.SCHEMA_REGISTRY_PASSWORD,
      ca: values.SCHEMA_REGISTRY_SSL_CA,
    }),
});
