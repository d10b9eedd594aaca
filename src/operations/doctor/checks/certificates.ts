import { count } from '../../../domain/words/count.ts';
import type { CertificateLife } from '../../../credentials/certificate-life.ts';
import { type Finding, found, ok } from '../findings.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const SOON_DAYS = 30;

export const checkCertificates = (lives: readonly CertificateLife[], now: number): readonly Finding[] => {
  const findings = lives.flatMap(({ variable, validTo }) => {
    const days = Math.floor((validTo - now) / DAY_MS);
    const day = new Date(validTo).toISOString().slice(0, 10);
    const mend = {
      advice: 'replace the file by a new certificate: RunClose reads the file again for each connection',
    };
    if (validTo < now)
      return [
        found(
          'certificates',
          'certificate-expired',
          `the certificate in ${variable} expired on ${day}`,
          mend,
        ),
      ];
    if (days < SOON_DAYS)
      return [
        found(
          'certificates',
          'certificate-expiring',
          `the certificate in ${variable} expires on ${day}, in ${count(days, 'day')}`,
          mend,
        ),
      ];
    return [];
  });
  if (findings.length > 0) return findings;
  const days = lives.map(({ validTo }) => Math.floor((validTo - now) / DAY_MS));
  return [
    ok(
      'certificates',
      lives.length === 0 ? 'none is set' : `the first expires in ${count(Math.min(...days), 'day')}`,
    ),
  ];
};
