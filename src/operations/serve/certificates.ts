import { REGISTRY_TLS_NAMES } from '../../avro/registry-login.ts';
import type { Config } from '../../config/config.ts';
import { type CertificateLife, certificateLives } from '../../credentials/certificate-life.ts';
import { tlsNames, type TlsNames, type TlsSettings } from '../../credentials/tls-settings.ts';
import { TLS_NAMES as KAFKA_TLS_NAMES } from '../../kafka/patches/certificate-source.ts';

export type CertificatesDeps = {
  readonly config: Pick<Config, 'kafka' | 'registry'>;
  /** The settings of the database at this moment. */
  readonly database: () => Pick<Config['database'], 'tls'>;
};

/**
 * When the certificate in each setting expires, by setting, in milliseconds since 1970. Leaves out certificates that cannot be read at the
 * moment: the next connection reports them. Never rejects.
 */
export const certificateExpiries = async ({
  config,
  database,
}: CertificatesDeps): Promise<ReadonlyMap<string, number>> => {
  const lives = await Promise.all([
    livesOf(() => config.kafka.ssl, KAFKA_TLS_NAMES),
    livesOf(() => config.registry, REGISTRY_TLS_NAMES),
    livesOf(() => database().tls, tlsNames('DATABASE_SSL')),
  ]);
  return new Map(lives.flat().map(({ variable, validTo }) => [variable, validTo]));
};

const livesOf = async (
  settings: () => TlsSettings | undefined,
  names: TlsNames,
): Promise<readonly CertificateLife[]> => {
  try {
    return await certificateLives(settings() ?? {}, names);
  } catch {
    return [];
  }
};
