/** The certificates that the connections need: those in the settings, and those that the servers show. */
import { addressesOf, REGISTRY_TLS_NAMES } from '../../avro/registry-login.ts';
import type { Config, ConfigPart } from '../../config/config.ts';
import { certificateLives } from '../../credentials/certificate-life.ts';
import { fetchServerCertificate, type TlsServer } from '../../credentials/server-certificate.ts';
import {
  createTlsReader,
  tlsNames,
  type TlsNames,
  type TlsSettings,
} from '../../credentials/tls-settings.ts';
import { TLS_NAMES as KAFKA_TLS_NAMES } from '../../kafka/patches/certificate-source.ts';
import { type CertificateInUse, ownCertificate } from './checks/certificates.ts';

type Settings = <P extends ConfigPart>(part: P) => Config<P> | null;

/** Needs no open connection, because an expired certificate prevents them. */
export const certificatesInUse = async (
  settingsOf: Settings,
  advertised: readonly string[],
): Promise<readonly CertificateInUse[]> => {
  const kafka = settingsOf('kafka')?.kafka;
  const registry = settingsOf('registry')?.registry;
  const database = settingsOf('database')?.database;
  const brokers = kafka?.ssl === undefined ? [] : [...new Set([...kafka.brokers, ...advertised])];
  const certificates = await Promise.all([
    inSettings(kafka?.ssl ?? {}, KAFKA_TLS_NAMES),
    inSettings(registry ?? {}, REGISTRY_TLS_NAMES),
    inSettings(database?.tls ?? {}, DATABASE_TLS_NAMES),
    ...brokers.map((broker) =>
      shown('the broker', serverAt(new URL(`tls://${broker}`), 0), [kafka?.ssl ?? {}, KAFKA_TLS_NAMES]),
    ),
    ...(registry === undefined ? [] : addressesOf(registry))
      .filter(({ protocol }) => protocol === 'https:')
      .map((url) => shown('the registry', serverAt(url, 443), [registry ?? {}, REGISTRY_TLS_NAMES])),
    ...(database?.tls === undefined || database.tls.mode === 'disable'
      ? []
      : [
          shown('Postgres', { ...serverAt(new URL(database.url), 5_432), protocol: 'postgres' }, [
            database.tls,
            DATABASE_TLS_NAMES,
          ]),
        ]),
  ]);
  return certificates.flat();
};

const DATABASE_TLS_NAMES = tlsNames('DATABASE_SSL');

const serverAt = ({ hostname, port }: URL, usual: number): TlsServer => ({
  // The brackets of an IPv6 address are not part of the address.
  host: hostname.replace(/^\[|\]$/g, ''),
  port: port === '' ? usual : Number(port),
  protocol: 'tls',
});

const inSettings = async (settings: TlsSettings, names: TlsNames): Promise<readonly CertificateInUse[]> =>
  (await certificateLives(settings, names)).map(ownCertificate);

const shown = async (
  whose: string,
  server: TlsServer,
  [settings, names]: readonly [TlsSettings, TlsNames],
): Promise<readonly CertificateInUse[]> => {
  // Without the client's certificate, most servers show theirs, too.
  const texts = await createTlsReader(settings, names)().catch(() => ({}));
  const certificate = await fetchServerCertificate(server, texts);
  if (certificate === null) return [];
  const { subject, validTo } = certificate;
  return [
    { whose: `of ${whose} at ${server.host}:${String(server.port)} (${subject})`, heldBy: 'server', validTo },
  ];
};
