import { expect } from 'chai';
import { loadConfig } from '../../../../src/config/config.ts';
import { plaintextWarning } from '../../../../src/operations/servers/plaintext-warning.ts';

const warningFor = (url: string): string | null =>
  plaintextWarning(loadConfig({ DATABASE_URL: url }, ['database']));

describe('A connection to Postgres that is not encrypted', () => {
  it('causes a warning without the password', () => {
    for (const url of [
      'postgres://app:secret@db:5432/runclose',
      'postgres://app:secret@db:5432/runclose?host=db',
    ])
      expect(warningFor(url)).to.include('db:5432 is not encrypted').and.not.include('secret');
  });

  it('causes no warning if somebody has chosen it, or if it stays on this machine', () => {
    for (const url of [
      'postgres://app@db/runclose?sslmode=disable',
      'postgres://app@db/runclose?sslmode=require',
      'postgres://app@localhost/runclose',
      'postgres://app@127.0.0.1:5432/runclose',
      'postgres://app@[::1]/runclose',
      'postgres:///runclose?host=/var/run/postgresql',
    ])
      expect(warningFor(url), url).to.equal(null);
  });
});
