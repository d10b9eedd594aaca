import { expect } from 'chai';
import { connectionTo } from '../../../src/postgres/connection.ts';
import type { Tls } from '../../../src/postgres/server-settings.ts';

const URL = 'postgres://dana:p%40ss@db.example:6432/coffee';

describe('how Postgres is reached', () => {
  it('is what the URL says', () => {
    expect(connectionTo({ url: URL }, 'runclose serve')).to.deep.include({
      host: 'db.example',
      port: 6432,
      user: 'dana',
      password: 'p@ss',
      database: 'coffee',
      application_name: 'runclose serve',
      keepAlive: true,
    });
  });

  it('lets the program have the last word on session settings', () => {
    const { options } = connectionTo(
      { url: `${URL}?options=-c%20work_mem%3D5MB` },
      'test',
      '-c lock_timeout=1',
    );
    expect(options).to.equal('-c work_mem=5MB -c lock_timeout=1');
  });

  it('is with the password that is set beside the URL', () => {
    expect(connectionTo({ url: URL, password: 'other' }, 'test').password).to.equal('other');
  });

  it('is encrypted only if the settings say so, not because of other variables', () => {
    expect(connectionTo({ url: URL }, 'test').ssl).to.equal(false);
    expect(connectionTo({ url: URL, tls: { mode: 'disable' } }, 'test').ssl).to.equal(false);
  });

  it('checks as much of the server’s certificate as the mode says', () => {
    const sslOf = (mode: Tls['mode']) => connectionTo({ url: URL, tls: { mode, ca: 'PEM' } }, 'test').ssl;
    expect(sslOf('require')).to.deep.equal({ ca: 'PEM', rejectUnauthorized: false });
    expect(sslOf('verify-ca')).to.have.all.keys('ca', 'checkServerIdentity');
    expect(sslOf('verify-full')).to.deep.equal({ ca: 'PEM' });
  });
});
