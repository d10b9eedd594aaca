import { expect } from 'chai';
import { connectionTo } from '../../../src/postgres/connection.ts';

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

  it('checks the server’s certificate against the given authority', () => {
    expect(connectionTo({ url: URL, ca: 'PEM' }, 'test').ssl).to.deep.equal({ ca: 'PEM' });
  });

  it('keeps what the URL says about encryption beside it', () => {
    const { ssl } = connectionTo({ url: `${URL}?sslmode=no-verify`, ca: 'PEM' }, 'test');
    expect(ssl).to.deep.equal({ ca: 'PEM', rejectUnauthorized: false });
  });
});
