import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { createAuthority } from '../../../../../scripts/stack/certificates/authority.ts';

describe('A private authority', () => {
  const authority = createAuthority('Test CA');
  const ca = new X509Certificate(authority.certificate);

  it('signs itself, and may sign others', () => {
    expect(ca.subject).to.equal('CN=Test CA');
    expect(ca.ca).to.equal(true);
    expect(ca.verify(ca.publicKey)).to.equal(true);
  });

  it('issues certificates for names and addresses', () => {
    const issued = authority.issue({ commonName: 'broker', hosts: ['localhost', '127.0.0.1'] });
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.checkIssued(ca)).to.equal(true);
    expect(certificate.verify(ca.publicKey)).to.equal(true);
    expect(certificate.ca).to.equal(false);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).to.equal(true);
    expect(certificate.checkHost('localhost')).to.equal('localhost');
    expect(certificate.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(certificate.checkHost('elsewhere.example')).to.equal(undefined);
  });

  it('issues expired certificates, and keys with a passphrase', () => {
    const validUntil = new Date('2020-01-01T00:00:00Z');
    const { certificate, key } = authority.issue({
      commonName: 'late',
      validFrom: new Date('2019-01-01T00:00:00Z'),
      validUntil,
      passphrase: 'open sesame',
    });
    expect(new Date(new X509Certificate(certificate).validTo)).to.deep.equal(validUntil);
    expect(() => createPrivateKey(key)).to.throw();
    const opened = createPrivateKey({ key, passphrase: 'open sesame' });
    expect(new X509Certificate(certificate).checkPrivateKey(opened)).to.equal(true);
  });

  it('can be restored from its key', () => {
    const later = createAuthority('Test CA', authority).issue({ commonName: 'client' });
    expect(new X509Certificate(later.certificate).verify(ca.publicKey)).to.equal(true);
  });
});
