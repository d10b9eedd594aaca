import { X509Certificate } from 'node:crypto';

const BLOCK = /-----BEGIN [^-]*CERTIFICATE-----[^-]*-----END [^-]*CERTIFICATE-----/g;

/** When the first of the certificates in a PEM text expires, in milliseconds since 1970; null if none can be read. */
export const expiryOf = (pem: string): number | null => {
  const expiries = (pem.match(BLOCK) ?? []).flatMap((block) => {
    try {
      return [Date.parse(new X509Certificate(block).validTo)];
    } catch {
      return [];
    }
  });
  return expiries.length === 0 ? null : Math.min(...expiries);
};
