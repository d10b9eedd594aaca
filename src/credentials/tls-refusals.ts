import type { TlsNames } from './tls-settings.ts';

export type TlsAdvice = {
  readonly advice: string;
  /** One side refuses the other's certificate. Waiting does not help, so a start does not wait. */
  readonly isRefusal: boolean;
};

export type TlsPeer = {
  /** The peer in words: "the broker". */
  readonly peer: string;
  /** The setting that holds the address. */
  readonly address: string;
  readonly names: TlsNames;
};

const UNTRUSTED =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|CERT_(UNTRUSTED|REJECTED|REVOKED|SIGNATURE_FAILURE|CHAIN_TOO_LONG)|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)/;

const OTHER_NAME = /^(ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/;
const EXPIRED = /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_.*(EXPIRED|NOT_YET))/;

/** TLS alerts of a peer that refuses our certificate, or misses one. A Java server answers "bad certificate" if there is none. */
const CLIENT_REFUSED =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REQUIRED|REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)$/;

const NO_COMMON = /ALERT_(HANDSHAKE_FAILURE|PROTOCOL_VERSION|INSUFFICIENT_SECURITY)$|UNSUPPORTED_PROTOCOL/;
const NOT_TLS = /(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;

/** What to do about an error of OpenSSL or Node while opening a connection; undefined if the error is not about TLS. */
export const tlsAdvice = (error: unknown, { peer, address, names }: TlsPeer): TlsAdvice | undefined => {
  const code = tlsCodeOf(error);
  if (UNTRUSTED.test(code))
    return {
      advice: `set ${names.ca} to the certificate of the CA that signed the certificate of ${peer}`,
      isRefusal: true,
    };
  if (OTHER_NAME.test(code))
    return {
      advice: `the certificate of ${peer} is for other names: use one of them in ${address}, or have it issued for this one too`,
      isRefusal: true,
    };
  if (EXPIRED.test(code))
    return {
      advice: `renew the certificate of ${peer} or of its CA, or set this machine's clock`,
      isRefusal: false,
    };
  if (CLIENT_REFUSED.test(code))
    return {
      advice: `${peer} does not accept this client: ${names.cert} and ${names.key} must hold a certificate that is valid now and signed by a CA that ${peer} trusts`,
      isRefusal: true,
    };
  if (NO_COMMON.test(code))
    return { advice: `${peer} and this client share no version or cipher of TLS`, isRefusal: false };
  return NOT_TLS.test(code)
    ? { advice: `if ${peer} speaks no TLS at this port, use its TLS port in ${address}`, isRefusal: false }
    : undefined;
};

/** If a write fails, Node's code is always `EPROTO`. Only the message then contains OpenSSL's own name: `alert bad certificate`. */
const tlsCodeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  const { code } = error;
  if (code !== 'EPROTO' || !('message' in error)) return String(code);
  const [, reason = ''] =
    /(alert [a-z ]+|wrong version number|packet length too long)/.exec(String(error.message)) ?? [];
  return reason.trim().replaceAll(' ', '_').toUpperCase();
};
