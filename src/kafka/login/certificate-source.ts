import type { KafkaConfig } from 'kafkajs';
import {
  createTlsReader,
  type TlsNames,
  type TlsSettings,
  type TlsTexts,
} from '../../credentials/tls-settings.ts';

/** Replaces kafkajs's own certificates: see patches/fresh-certificates.ts. */
export type CertificateSource = { readonly current: () => Promise<TlsTexts> };

export const TLS_NAMES: TlsNames = {
  ca: 'KAFKA_SSL_CA',
  cert: 'KAFKA_SSL_CERT',
  key: 'KAFKA_SSL_KEY',
  passphrase: 'KAFKA_SSL_KEY_PASSWORD',
};

export const certificateSource = (settings: TlsSettings): NonNullable<KafkaConfig['ssl']> => {
  const source: CertificateSource = { current: createTlsReader(settings, TLS_NAMES) };
  return source as object;
};
