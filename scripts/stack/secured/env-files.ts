import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecuredAddresses } from './addresses.ts';
import { BY_CERTIFICATE, DATABASE } from './postgres-security.ts';
import type { Account, Secrets } from './secrets.ts';

/** Upstream and downstream services have no database. */
const IN_DATABASE: ReadonlySet<Account> = new Set(['admin', 'owner', 'processor', 'operator', 'reader']);

const isInDatabase = (account: Account): boolean => IN_DATABASE.has(account);

/** Files for logins by password; the files beside them are for logins by certificate. */
export const envFileOf = (folder: string, account: Account): string => join(folder, `${account}.env`);
const certificateEnvFileOf = (folder: string, account: Account): string =>
  join(folder, `${account}.by-certificate.env`);

/** Files that a shell can source: `set -a; . .stack/secure/processor.env; set +a`. */
export const writeEnvFiles = (
  folder: string,
  accounts: readonly Account[],
  secrets: Secrets,
  addresses: SecuredAddresses,
): void => {
  mkdirSync(folder, { recursive: true });
  for (const account of accounts) {
    write(envFileOf(folder, account), byPassword(account, secrets, addresses));
    write(certificateEnvFileOf(folder, account), byCertificate(account, secrets, addresses));
  }
};

type Variables = Readonly<Record<string, string>>;

export const byPassword = (account: Account, secrets: Secrets, addresses: SecuredAddresses): Variables => ({
  KAFKA_BROKERS: addresses.kafka.byPassword,
  KAFKA_SSL_CA: secrets.caFile,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: account,
  KAFKA_SASL_PASSWORD_FILE: secrets.passwordFile(account, 'kafka'),
  ...registry(account, secrets, addresses),
  ...(isInDatabase(account)
    ? {
        DATABASE_URL: `postgres://${account}:${secrets.password(account, 'database')}@${addresses.postgres}/${DATABASE}?sslmode=verify-full`,
        DATABASE_SSL_CA: secrets.caFile,
      }
    : {}),
});

export const byCertificate = (account: Account, secrets: Secrets, addresses: SecuredAddresses): Variables => {
  const files = { cert: secrets.certificateFile(account), key: secrets.keyFile(account) };
  return {
    KAFKA_BROKERS: addresses.kafka.byCertificate,
    KAFKA_SSL_CA: secrets.caFile,
    KAFKA_SSL_CERT: files.cert,
    KAFKA_SSL_KEY: files.key,
    ...registry(account, secrets, addresses),
    ...(isInDatabase(account)
      ? {
          DATABASE_URL: `postgres://${account}_${BY_CERTIFICATE}@${addresses.postgres}/${DATABASE}?sslmode=verify-full&sslcert=${files.cert}&sslkey=${files.key}`,
          DATABASE_SSL_CA: secrets.caFile,
        }
      : {}),
  };
};

const registry = (account: Account, secrets: Secrets, addresses: SecuredAddresses): Variables => ({
  SCHEMA_REGISTRY_URL: addresses.registry,
  SCHEMA_REGISTRY_USERNAME: account,
  SCHEMA_REGISTRY_PASSWORD_FILE: secrets.passwordFile(account, 'registry'),
  SCHEMA_REGISTRY_SSL_CA: secrets.caFile,
});

const write = (file: string, variables: Variables): void => {
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(`${file}.draft`, lines.join(''), { mode: 0o600 });
  renameSync(`${file}.draft`, file);
};
