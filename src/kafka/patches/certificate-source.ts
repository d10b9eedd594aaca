import type { KafkaConfig } from 'kafkajs';
import {
  createTlsReader,
  tlsNames,
  type TlsSettings,
  type TlsTexts,
} from '../../credentials/tls-settings.ts';

/** Replaces kafkajs's own certificates: see patches/fresh-certificates.ts. */
export type CertificateSource = { readonly current: () => Promise<TlsTexts> };

export const TLS_NAMES = tlsNames('KAFKA_SSL');

export const certificateSource = (settings: TlsSettings): NonNullable<KafkaConfig['ssl']> => {
  const source: CertificateSource = { current: createTlsReader(settings, TLS_NAMES) };
  return source as object;
};
