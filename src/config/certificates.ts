/** Certificates and keys are read with the settings: a wrong one would otherwise show as a line of OpenSSL's, or be ignored silently. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ConfigProblem } from './config-error.ts';
import type { Texts } from './section.ts';
import { pem } from './variable-types.ts';

/** One certificate or several, as PEM. */
export const certificates = pem.refine(
  (value) => certificatesIn(value).length > 0,
  'must hold certificates only, and one of them cannot be read',
);

/** The variables that hold a client's certificate and its key. */
export type ClientCertificate<Name extends string> = {
  readonly cert: Name;
  readonly key: Name;
  readonly keyPassword: Name;
};

/** What is wrong between a client's certificate, its key and the key's password. */
export const clientCertificateConflicts = <Name extends string>(
  texts: Texts<Name>,
  { cert, key, keyPassword }: ClientCertificate<Name>,
): readonly ConfigProblem[] => {
  const [certText, keyText, password] = [texts[cert], texts[key], texts[keyPassword]];
  if (keyText === undefined) {
    return [cert, keyPassword]
      .filter((name) => texts[name] !== undefined)
      .slice(0, 1)
      .map((name) => ({ variable: key, message: `is not set although ${name} asks for it` }));
  }
  const opened = open(keyText, password);
  if (opened === 'locked')
    return [{ variable: keyPassword, message: `is not set although the key in ${key} is encrypted` }];
  if (opened === 'unreadable') {
    const message =
      password === undefined
        ? 'holds a key that cannot be read'
        : `holds a key that cannot be read with the password in ${keyPassword}`;
    return [{ variable: key, message }];
  }
  if (certText === undefined) return [{ variable: cert, message: `is not set although ${key} asks for it` }];
  const [own] = certificatesIn(certText);
  return own === undefined || own.checkPrivateKey(opened)
    ? []
    : [{ variable: key, message: `holds another key than that of the certificate in ${cert}` }];
};

const BLOCK = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/** None if one cannot be read. */
const certificatesIn = (text: string): readonly X509Certificate[] => {
  try {
    return (text.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
};

const open = (key: string, passphrase: string | undefined): KeyObject | 'locked' | 'unreadable' => {
  if (passphrase === undefined && key.includes('ENCRYPTED')) return 'locked';
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    return 'unreadable';
  }
};
