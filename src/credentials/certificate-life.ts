import { X509Certificate } from 'node:crypto';
import { fileOf, reveal, type Secret } from './secret.ts';
import type { TlsNames, TlsSettings } from './tls-settings.ts';

/** Until when the certificates of a setting can be used. */
export type CertificateLife = {
  readonly variable: string;
  /** The file with the certificates; null: the variable holds them. */
  readonly file: string | null;
  /** Milliseconds since 1970. */
  readonly validTo: number;
};

/** Reads the certificates of a server's settings. Leaves out texts that hold none: the configuration's check reports them. */
export const certificateLives = async (
  { ca, cert }: TlsSettings,
  names: TlsNames,
): Promise<readonly CertificateLife[]> => {
  const lives = await Promise.all([
    // A chain expires with the first of its certificates, a bundle of authorities with the last.
    ...(cert === undefined ? [] : [lifeOf(cert, names.cert, (times) => Math.min(...times))]),
    ...(ca === undefined ? [] : [lifeOf(ca, names.ca, (times) => Math.max(...times))]),
  ]);
  return lives.flat();
};

const lifeOf = async (
  secret: Secret,
  variable: string,
  end: (times: readonly number[]) => number,
): Promise<readonly CertificateLife[]> => {
  const pem = await reveal(secret, variable);
  const blocks = pem.match(/-----BEGIN [^-]*CERTIFICATE-----[^-]*-----END [^-]*CERTIFICATE-----/g) ?? [];
  try {
    const times = blocks.map((block) => Date.parse(new X509Certificate(block).validTo));
    return times.length === 0 ? [] : [{ variable, file: fileOf(secret), validTo: end(times) }];
  } catch {
    return [];
  }
};
