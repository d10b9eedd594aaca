import { expect } from 'chai';
import { tlsAdvice } from '../../../src/credentials/tls-refusals.ts';

const PEER = {
  peer: 'the broker',
  address: 'BROKERS',
  names: { ca: 'CA', cert: 'CERT', key: 'KEY', passphrase: 'PASSWORD' },
};
const WRITE = 'write EPROTO 00DE:error:0A000412:SSL routines:ssl3_read_bytes:';

describe('An error of TLS', () => {
  const refusals: readonly (readonly [code: string, message: string, names: string])[] = [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', '', 'set CA'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'BROKERS'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '', 'CERT and KEY'],
    ['ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA', '', 'CERT and KEY'],
    [
      'EPROTO',
      `${WRITE}sslv3 alert bad certificate:../ssl/record.c:1600:SSL alert number 42`,
      'CERT and KEY',
    ],
  ];
  for (const [code, message, names] of refusals) {
    it(`is a refusal, with the setting to mend: ${code} ${message.slice(WRITE.length)}`, () => {
      const advice = tlsAdvice({ code, message }, PEER);
      expect(advice).to.include({ isRefusal: true });
      expect(advice?.advice).to.include(names);
    });
  }

  for (const [code, message] of [
    ['CERT_HAS_EXPIRED', ''],
    ['ERR_SSL_WRONG_VERSION_NUMBER', ''],
    ['EPROTO', `${WRITE}wrong version number:../ssl/record.c:355:`],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', ''],
  ] as const) {
    it(`may pass: ${code} ${message.slice(WRITE.length)}`, () => {
      expect(tlsAdvice({ code, message }, PEER)).to.include({ isRefusal: false });
    });
  }

  it('is no TLS error if the network failed', () => {
    for (const error of [
      { code: 'ECONNREFUSED', message: '' },
      { code: 'EPROTO', message: 'x' },
      new Error('x'),
      'x',
    ])
      expect(tlsAdvice(error, PEER)).to.equal(undefined);
  });
});
