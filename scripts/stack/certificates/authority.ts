/**
 * A new private certificate authority: X.509 certificates (RFC 5280) with keys on P-256. For the secured
 * stack and for tests; nothing in production trusts it.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate as X509,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** PEM texts. */
export type Certificate = { readonly certificate: string; readonly key: string };

export type CertificateRequest = {
  readonly commonName: string;
  /** Names and addresses that a server answers to. */
  readonly hosts?: readonly string[];
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  /** Encrypts the key. */
  readonly passphrase?: string;
};

export interface Authority extends Certificate {
  issue(request: CertificateRequest): Certificate;
}

/** @param existing the one that `createAuthority` made earlier */
export const createAuthority = (commonName: string, existing?: Certificate): Authority => {
  const keys = existing === undefined ? generateKeyPairSync('ec', CURVE) : undefined;
  const privateKey = keys?.privateKey ?? createPrivateKey(existing?.key ?? '');
  const publicKey = keys?.publicKey ?? createPublicKey(privateKey);
  const issuer: Issuer = { commonName, privateKey, publicKey };
  return {
    certificate:
      existing?.certificate ??
      certify({ commonName }, publicKey, issuer, [
        extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), 'critical'),
        extension(
          id_ce_keyUsage,
          new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
          'critical',
        ),
      ]),
    key: pemOf(privateKey),
    issue: (request) => {
      const own = generateKeyPairSync('ec', CURVE);
      return {
        certificate: certify(request, own.publicKey, issuer, [
          extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), 'critical'),
          extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
          ...(request.hosts === undefined
            ? []
            : [extension(id_ce_subjectAltName, new SubjectAlternativeName(request.hosts.map(generalName)))]),
        ]),
        key: pemOf(own.privateKey, request.passphrase),
      };
    },
  };
};

type Issuer = {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

const CURVE = { namedCurve: 'P-256' } as const;
const ECDSA_WITH_SHA256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });
const COMMON_NAME = '2.5.4.3';

const TEN_YEARS = 3650 * 86_400_000;
/** A machine whose clock is an hour behind trusts the certificate, too. */
const AN_HOUR = 3_600_000;

const certify = (
  { commonName, validFrom, validUntil }: CertificateRequest,
  publicKey: KeyObject,
  issuer: Issuer,
  extensions: readonly Extension[],
): string => {
  const issuedAt = Date.now();
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: ECDSA_WITH_SHA256,
    issuer: nameOf(issuer.commonName),
    validity: new Validity({
      notBefore: validFrom ?? new Date(issuedAt - AN_HOUR),
      notAfter: validUntil ?? new Date(issuedAt + TEN_YEARS),
    }),
    subject: nameOf(commonName),
    subjectPublicKeyInfo: AsnConvert.parse(publicKeyOf(publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdOf(publicKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdOf(issuer.publicKey)) }),
      ),
    ]),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), issuer.privateKey);
  const certificate = AsnConvert.serialize(
    new X509({ tbsCertificate, signatureAlgorithm: ECDSA_WITH_SHA256, signatureValue: bytesOf(signature) }),
  );
  return new X509Certificate(Buffer.from(certificate)).toString();
};

/** Positive, and without a zero in front. */
const serialNumber = (): ArrayBuffer => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytesOf(bytes);
};

const nameOf = (commonName: string): Name =>
  new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({
        type: COMMON_NAME,
        value: new AttributeValue({ utf8String: commonName }),
      }),
    ]),
  ]);

const extension = (extnID: string, value: unknown, weight: 'critical' | 'optional' = 'optional'): Extension =>
  new Extension({
    extnID,
    critical: weight === 'critical',
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });

const generalName = (host: string): GeneralName =>
  new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host });

const publicKeyOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

const keyIdOf = (key: KeyObject): ArrayBuffer =>
  bytesOf(createHash('sha1').update(publicKeyOf(key)).digest());

const bytesOf = (buffer: Buffer): ArrayBuffer => Uint8Array.from(buffer).buffer;

const pemOf = (key: KeyObject, passphrase?: string): string =>
  key
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();
