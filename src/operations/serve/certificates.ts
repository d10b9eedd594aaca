import type { Config } from '../../config/config.ts';
import { expiryOf } from '../../credentials/certificate-expiry.ts';
import { reveal, type Secret } from '../../credentials/secret.ts';

export type CertificatesDeps = {
  readonly config: Pick<Config, 'kafka' | 'registry'>;
  /** The settings of the database at this moment. */
  readonly database: () => Config['database'];
};

/**
 * When each configured certificate expires, by setting, in milliseconds since 1970. Leaves out certificates that cannot be read at the
 * moment: the next connection reports them. Never rejects.
 */
export const certificateExpiries = async ({
  config,
  database,
}: CertificatesDeps): Promise<ReadonlyMap<string, number>> => {
  const { ca, cert } = tlsOf(database) ?? {};
  const secrets: Readonly<Record<string, Secret | undefined>> = {
    KAFKA_SSL_CA: config.kafka.ssl?.ca,
    KAFKA_SSL_CERT: config.kafka.ssl?.cert,
    SCHEMA_REGISTRY_SSL_CA: config.registry.ca,
    SCHEMA_REGISTRY_SSL_CERT: config.registry.cert,
    DATABASE_SSL_CA: ca,
    DATABASE_SSL_CERT: cert,
  };
  const found = await Promise.all(
    Object.entries(secrets).map(async ([setting, secret]) => {
      if (secret === undefined) return [];
      const expiry = await reveal(secret, setting).then(expiryOf, () => null);
      return expiry === null ? [] : [[setting, expiry] as const];
    }),
  );
  return new Map(found.flat());
};

const tlsOf = (database: CertificatesDeps['database']): Config['database']['tls'] => {
  try {
    return database().tls;
  } catch {
    return undefined;
  }
};
