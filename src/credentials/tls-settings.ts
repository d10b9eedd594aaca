/**
 * Checks certificates and keys before a connection needs them. OpenSSL would ignore a CA that it cannot read, and its errors do not name
 * the setting that is wrong.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Failure } from '../processor/failure.ts';
import { reveal, type Secret } from './secret.ts';

/** PEM texts. Functions are called for each connection. */
export type TlsSettings = {
  /** Trusted instead of the system's CAs. */
  readonly ca?: Secret;
  readonly cert?: Secret;
  readonly key?: Secret;
  readonly passphrase?: Secret;
};

export type TlsPart = keyof TlsSettings;

export type TlsTexts = { readonly [Part in TlsPart]?: string };

/** The names of the settings that the user knows, for messages. */
export type TlsNames = { readonly [Part in TlsPart]: string };

/** The variables that begin with the prefix: `KAFKA_SSL` → `KAFKA_SSL_CA`, … */
export const tlsNames = <Prefix extends string>(prefix: Prefix) =>
  ({
    ca: `${prefix}_CA`,
    cert: `${prefix}_CERT`,
    key: `${prefix}_KEY`,
    passphrase: `${prefix}_KEY_PASSWORD`,
  }) as const satisfies TlsNames;

export type TlsFault = {
  readonly part: TlsPart;
  readonly problem: string;
  /** If the problem is that the certificate has expired. Milliseconds since 1970. */
  readonly expiredAt?: number;
};

const PARTS = ['ca', 'cert', 'key', 'passphrase'] as const;

/** Reads the current values of the settings. Rejects with `TLS_SETTINGS_WRONG`, as a refused login, if no connection can use the values. */
export const createTlsReader = (settings: TlsSettings, names: TlsNames): (() => Promise<TlsTexts>) => {
  let checked: { readonly text: string; readonly texts: TlsTexts } | undefined;
  return async () => {
    const entries = await Promise.all(
      PARTS.flatMap((part) => {
        const secret = settings[part];
        return secret === undefined
          ? []
          : [reveal(secret, names[part]).then((content) => [part, content] as const)];
      }),
    );
    const text = JSON.stringify(entries);
    if (checked?.text === text) return checked.texts;
    const texts: TlsTexts = Object.fromEntries(entries);
    const faults = tlsFaults(texts).map(({ part, problem }) => `${names[part]} ${problem}`);
    if (faults.length > 0)
      throw new Failure('transient', 'TLS_SETTINGS_WRONG', faults.join('; '), { isLoginRefused: true });
    checked = { text, texts };
    return texts;
  };
};

const NO_CERTIFICATE = 'holds no certificate that can be read';

/** The reasons why no connection can use these texts; empty if one can. Never quotes the texts. */
export const tlsFaults = ({ ca, cert, key, passphrase }: TlsTexts): readonly TlsFault[] => {
  const faults: TlsFault[] = [];
  if (ca !== undefined && certificateIn(ca) === null) faults.push({ part: 'ca', problem: NO_CERTIFICATE });
  const certificate = cert === undefined ? undefined : certificateIn(cert);
  if (certificate === null) faults.push({ part: 'cert', problem: NO_CERTIFICATE });
  const expiredAt = certificate ? Date.parse(certificate.validTo) : Infinity;
  if (certificate && expiredAt < Date.now())
    faults.push({ part: 'cert', problem: `has expired (${certificate.validTo}): renew it`, expiredAt });
  const opened = key === undefined ? undefined : keyIn(key, passphrase);
  if (opened !== undefined && 'problem' in opened) faults.push(opened);
  else if (opened !== undefined && certificate && !certificate.checkPrivateKey(opened.key))
    faults.push({ part: 'key', problem: 'is not the key of the certificate' });
  if (faults.length === 0) faults.push(...unusable({ ca, cert, key, passphrase }));
  return faults;
};

/** The first certificate of the text: the client's own, if the text is a chain. Null if any certificate cannot be read. */
const certificateIn = (pem: string): X509Certificate | null => {
  const blocks = pem.match(/-----BEGIN [^-]*CERTIFICATE-----[^-]*-----END [^-]*CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block))[0] ?? null;
  } catch {
    return null;
  }
};

const keyIn = (key: string, passphrase?: string): { readonly key: KeyObject } | TlsFault => {
  try {
    return { key: createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) }) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ERR_MISSING_PASSPHRASE' || (isEncrypted(key) && passphrase === undefined))
      return { part: 'passphrase', problem: 'is not set although the key is encrypted' };
    return isEncrypted(key)
      ? { part: 'passphrase', problem: 'does not open the key' }
      : { part: 'key', problem: 'holds no private key that can be read' };
  }
};

const isEncrypted = (key: string): boolean => /-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key);

/** What only OpenSSL finds: for example, a key that is too short for its security level. */
const unusable = (texts: { readonly [Part in TlsPart]: string | undefined }): readonly TlsFault[] => {
  try {
    createSecureContext(texts);
    return [];
  } catch (error) {
    const problem = `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    return [{ part: texts.cert === undefined ? 'ca' : 'cert', problem }];
  }
};
