import { count } from '../../../domain/words/count.ts';
import { type Finding, found, orOk } from '../findings.ts';

export type CertificateInUse = {
  /** "in KAFKA_SSL_CERT (/etc/kafka/client.pem)", "of Postgres at db:5432 (CN=db)" */
  readonly whose: string;
  /** What holds the certificate: a server that shows it, a file, or a setting of RunClose, which may be read from a file. */
  readonly heldBy: 'server' | 'setting' | 'file';
  /** Milliseconds since 1970. */
  readonly validTo: number;
};

export const ownCertificate = ({
  variable,
  file,
  validTo,
}: {
  readonly variable: string;
  readonly file: string | null;
  readonly validTo: number;
}): CertificateInUse => ({
  whose: file === null ? `in ${variable}` : `in ${variable} (${file})`,
  heldBy: file === null ? 'setting' : 'file',
  validTo,
});

const DAY_MS = 24 * 60 * 60 * 1_000;
const SOON_DAYS = 30;

export const checkCertificates = (
  certificates: readonly CertificateInUse[],
  now: number,
): readonly Finding[] => {
  const daysLeft = ({ validTo }: CertificateInUse): number => Math.floor((validTo - now) / DAY_MS);
  const findings = certificates.flatMap((certificate) => {
    const { whose, heldBy, validTo } = certificate;
    const day = new Date(validTo).toISOString().slice(0, 10);
    const mend = { advice: MENDS[heldBy] };
    if (validTo < now) {
      const ago = `${count(Math.floor((now - validTo) / DAY_MS), 'day')} ago`;
      const message = `the certificate ${whose} expired on ${day}, ${ago}`;
      return [found('certificates', 'certificate-expired', message, mend)];
    }
    const days = daysLeft(certificate);
    const message = `the certificate ${whose} expires on ${day}, in ${count(days, 'day')}`;
    return days < SOON_DAYS ? [found('certificates', 'certificate-expiring', message, mend)] : [];
  });
  return orOk(
    findings,
    'certificates',
    certificates.length === 0
      ? 'none is used'
      : `the first expires in ${count(Math.min(...certificates.map(daysLeft)), 'day')}`,
  );
};

const MENDS: Readonly<Record<CertificateInUse['heldBy'], string>> = {
  server: 'renew the certificate on that server, and let the server load it',
  file: 'replace the file by a new certificate: RunClose reads the file again for each connection. Start a `serve` that has ended with 78',
  setting:
    'renew it. If it is in a file, RunClose reads the file again for each connection. Otherwise set the variable, and restart every `serve`',
};
