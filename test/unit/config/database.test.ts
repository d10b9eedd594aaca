import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAuthority } from '../../../scripts/stack/certificates/authority.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/config.ts';

const URL = 'postgres://app:secret@db:5432/runclose';

const authority = createAuthority('authority');
const ca = authority.certificate;
const { certificate: cert, key } = authority.issue({ commonName: 'app' });
const locked = authority.issue({ commonName: 'app', passphrase: 'open' });

type Env = Readonly<Record<string, string>>;

const databaseIn = (parameters: string, env: Env = {}) =>
  loadConfig({ DATABASE_URL: `${URL}${parameters}`, ...env }, ['database']).database;

const tlsIn = (parameters: string, env: Env = {}) => databaseIn(parameters, env).tls;

const problemsIn = (parameters: string, env: Env = {}): Env => {
  try {
    databaseIn(parameters, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
  }
  return {};
};

describe('The configuration of the database', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'runclose-database-'))));
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('takes the password from a setting of its own', () => {
    expect(databaseIn('', { DATABASE_PASSWORD_FILE: file('password', 'other\n') })).to.deep.equal({
      url: URL,
      password: 'other',
      poolSize: 10,
    });
  });

  it('has no encryption by default', () => {
    expect(databaseIn('')).to.not.have.property('tls');
  });

  it('checks certificate and host name if an authority is given, unless the mode excludes the name', () => {
    const given = { DATABASE_SSL_CA: ca };
    for (const parameters of [
      '',
      '?sslmode=verify-full',
      '?sslmode=require',
      '?uselibpqcompat=true&sslmode=require',
    ])
      expect(tlsIn(parameters, given), parameters).to.deep.equal({ mode: 'verify-full', ca });
    expect(tlsIn('?sslmode=verify-ca', given)).to.deep.equal({ mode: 'verify-ca', ca });
  });

  it('takes libpq’s modes if no authority is given', () => {
    expect(tlsIn('?sslmode=disable')).to.deep.equal({ mode: 'disable' });
    expect(tlsIn('?sslmode=require')).to.deep.equal({ mode: 'require' });
    expect(tlsIn('?uselibpqcompat=true&sslmode=require')).to.deep.equal({ mode: 'require' });
    expect(tlsIn('?sslmode=verify-full')).to.deep.equal({ mode: 'verify-full' });
    expect(tlsIn('?sslmode=require&sslrootcert=system')).to.deep.equal({ mode: 'verify-full' });
  });

  it('refuses every other mode', () => {
    for (const mode of ['allow', 'prefer', 'no-verify', 'nonsense', 'REQUIRE', '', 'true'])
      expect(problemsIn(`?sslmode=${mode}`), mode).to.deep.equal({
        DATABASE_URL:
          'must have one of disable, require, verify-ca, verify-full as its sslmode: allow and prefer may fall back to ' +
          'plaintext unnoticed, and no-verify is called require by libpq',
      });
    expect(problemsIn('?sslmode=verify-full&sslmode=disable')).to.deep.equal({
      DATABASE_URL: 'must not hold sslmode twice',
    });
    for (const misspelt of ['SSLMODE=verify-full', 'sslMode=require', 'ssl_mode=require', 'sslcrl=/crl.pem'])
      expect(problemsIn(`?${misspelt}`), misspelt).to.deep.equal({
        DATABASE_URL:
          'holds an unknown parameter of TLS; known are sslmode, sslrootcert, sslcert, sslkey, sslpassword, sslnegotiation',
      });
    expect(problemsIn('?ssl=true')).to.deep.equal({
      DATABASE_URL: 'must not hold ssl: use sslmode, which may be disable, require, verify-ca, verify-full',
    });
  });

  it('refuses modes and certificates that contradict each other, all at once', () => {
    const refused = 'is set although sslmode in DATABASE_URL is disable';
    expect(
      problemsIn('?sslmode=disable', {
        DATABASE_SSL_CA: ca,
        DATABASE_SSL_CERT: cert,
        DATABASE_SSL_KEY: key,
      }),
    ).to.deep.equal({ DATABASE_SSL_CA: refused, DATABASE_SSL_CERT: refused, DATABASE_SSL_KEY: refused });
    expect(problemsIn('?sslmode=verify-ca')).to.deep.equal({
      DATABASE_SSL_CA: 'is not set, but sslmode=verify-ca in DATABASE_URL needs it',
    });
    expect(problemsIn('?sslnegotiation=direct')).to.deep.equal({
      DATABASE_URL: 'must hold an sslmode because it holds sslnegotiation=direct',
    });
  });

  it('reads the files that the URL names, and takes them out of it', () => {
    const parameters = new URLSearchParams({
      application_name: 'mine',
      sslmode: 'verify-full',
      sslrootcert: file('ca.pem', ca),
      sslcert: file('cert.pem', locked.certificate),
      sslkey: file('key.pem', locked.key),
      sslpassword: 'open',
    });
    const { url, tls } = databaseIn(`?${parameters.toString()}`);
    expect(url).to.equal(`${URL}?application_name=mine`);
    expect(tls).to.deep.equal({
      mode: 'verify-full',
      ca: ca.trim(),
      cert: locked.certificate.trim(),
      key: locked.key.trim(),
      passphrase: 'open',
    });
  });

  it('refuses a file in the URL that is missing, or is also set by the variable', () => {
    const missing = join(folder, 'missing');
    expect(problemsIn(`?sslrootcert=${missing}`)).to.deep.equal({
      DATABASE_URL: 'names in sslrootcert a file that cannot be read (ENOENT)',
    });
    expect(problemsIn(`?sslrootcert=${missing}`, { DATABASE_SSL_CA: ca })).to.deep.equal({
      DATABASE_SSL_CA: 'is set, and sslrootcert in DATABASE_URL as well: set only one of them',
    });
  });

  it('refuses certificates that cannot be read', () => {
    const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const unreadable = 'holds no certificate that can be read';
    expect(problemsIn('', { DATABASE_SSL_CA: garbage })).to.deep.equal({ DATABASE_SSL_CA: unreadable });
    expect(problemsIn('', { DATABASE_SSL_CA: `${ca}${garbage}` })).to.deep.equal({
      DATABASE_SSL_CA: unreadable,
    });
    expect(problemsIn('', { DATABASE_SSL_CA: key })).to.deep.equal({ DATABASE_SSL_CA: unreadable });
    expect(problemsIn('', { DATABASE_SSL_CA_FILE: file('garbage', 'garbage') })).to.deep.equal({
      DATABASE_SSL_CA: 'must be PEM, or the path of a PEM file',
    });
  });

  it('refuses a certificate, a key and its password that do not belong together', () => {
    const problems = (env: Env) => problemsIn('', { DATABASE_SSL_CERT: cert, ...env });
    expect(problems({})).to.deep.equal({
      DATABASE_SSL_KEY: 'is not set, but DATABASE_SSL_CERT needs it',
    });
    expect(problemsIn('', { DATABASE_SSL_KEY: key })).to.deep.equal({
      DATABASE_SSL_CERT: 'is not set, but DATABASE_SSL_KEY needs it',
    });
    expect(problems({ DATABASE_SSL_KEY: authority.issue({ commonName: 'app' }).key })).to.deep.equal({
      DATABASE_SSL_KEY: 'is not the key of the certificate',
    });
    expect(
      problems({ DATABASE_SSL_KEY: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' }),
    ).to.deep.equal({
      DATABASE_SSL_KEY: 'holds no private key that can be read',
    });
    expect(problems({ DATABASE_SSL_KEY: locked.key })).to.deep.equal({
      DATABASE_SSL_KEY_PASSWORD: 'is not set although the key is encrypted',
    });
    expect(problems({ DATABASE_SSL_KEY: locked.key, DATABASE_SSL_KEY_PASSWORD: 'wrong' })).to.deep.equal({
      DATABASE_SSL_KEY_PASSWORD: 'does not open the key',
    });
  });
});
