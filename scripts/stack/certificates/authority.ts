/**
 * A private certificate authority, made on the spot: X.509 certificates (RFC 5280) with keys on P-256, by Node alone. For the secured
 * stack and for tests; nothing in production trusts it.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  der,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  time,
  TRUE,
  utf8String,
} from './der.ts';

/** PEM texts. */
export type Certificate = { readonly certificate: string; readonly key: string };

export type CertificateWish = {
  readonly commonName: string;
  /** Names and addresses that a server answers to. */
  readonly hosts?: readonly string[];
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  /** Encrypts the key. */
  readonly passphrase?: string;
};

export interface Authority extends Certificate {
  issue(wish: CertificateWish): Certificate;
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
        extension(BASIC_CONSTRAINTS, sequence(TRUE), 'critical'),
        // keyCertSign and cRLSign
        extension(KEY_USAGE, bitString(Buffer.from([0x06]), 1), 'critical'),
      ]),
    key: pemOf(privateKey),
    issue: (wish) => {
      const own = generateKeyPairSync('ec', CURVE);
      return {
        certificate: certify(wish, own.publicKey, issuer, [
          // digitalSignature
          extension(KEY_USAGE, bitString(Buffer.from([0x80]), 7), 'critical'),
          extension(EXTENDED_KEY_USAGE, sequence(objectId(SERVER_AUTH), objectId(CLIENT_AUTH))),
          ...(wish.hosts === undefined
            ? []
            : [extension(SUBJECT_ALT_NAME, sequence(...wish.hosts.map(generalName)))]),
        ]),
        key: pemOf(own.privateKey, wish.passphrase),
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
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const TEN_YEARS = 3650 * 86_400_000;
/** A clock that is an hour behind trusts it too. */
const AN_HOUR = 3_600_000;

const certify = (
  { commonName, validFrom, validUntil }: CertificateWish,
  publicKey: KeyObject,
  issuer: Issuer,
  extensions: readonly Buffer[],
): string => {
  const now = Date.now();
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256));
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    nameOf(issuer.commonName),
    sequence(time(validFrom ?? new Date(now - AN_HOUR)), time(validUntil ?? new Date(now + TEN_YEARS))),
    nameOf(commonName),
    subjectKey,
    der(
      0xa3,
      sequence(
        ...extensions,
        extension(SUBJECT_KEY_ID, octetString(keyIdOf(publicKey))),
        extension(AUTHORITY_KEY_ID, sequence(der(0x80, keyIdOf(issuer.publicKey)))),
      ),
    ),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  const bytes = sequence(body, algorithm, bitString(signature));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

const serialNumber = (): Buffer => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
};

const nameOf = (commonName: string): Buffer =>
  sequence(set(sequence(objectId(COMMON_NAME), utf8String(commonName))));

const extension = (id: string, value: Buffer, weight: 'critical' | 'optional' = 'optional'): Buffer =>
  sequence(objectId(id), ...(weight === 'critical' ? [TRUE] : []), octetString(value));

/** A DNS name, or an IPv4 address. */
const generalName = (host: string): Buffer =>
  isIP(host) === 4
    ? der(0x87, Buffer.from(host.split('.').map(Number)))
    : der(0x82, Buffer.from(host, 'latin1'));

const keyIdOf = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();

const pemOf = (key: KeyObject, passphrase?: string): string =>
  key
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();
