import { chownSync, copyFileSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../server.ts';

/** Secures a PostgreSQL server: only TLS, with passwords or certificates. */
export type PostgresSecurity = {
  /** PEM files. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly superuser: { readonly user: string; readonly password: string };
};

export const DATABASE = 'runclose';

/** Members log in only by certificate. The certificate of `processor` is for `processor_by_certificate`. */
export const BY_CERTIFICATE = 'by_certificate';

/** Every other connection, above all one without TLS, is refused. */
const ACCESS = `\
hostssl all +${BY_CERTIFICATE} all cert map=certificates
hostssl all all all scram-sha-256
`;

const USERS = `certificates /^(.*)$ \\1_${BY_CERTIFICATE}\n`;

/** Copies the files into the server's folder, because its account can read no other; returns the settings that name the copies. */
export const layOutSecurity = (
  { ca, certificate, key }: PostgresSecurity,
  folder: string,
  account: Account | undefined,
): string[] => {
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('pg_hba.conf'), ACCESS);
  writeFileSync(file('pg_ident.conf'), USERS);
  copyFileSync(ca, file('ca.pem'));
  copyFileSync(certificate, file('server.pem'));
  copyFileSync(key, file('server.key'));
  for (const name of ['pg_hba.conf', 'pg_ident.conf', 'ca.pem', 'server.pem', 'server.key']) {
    chmodSync(file(name), 0o600);
    if (account !== undefined) chownSync(file(name), account.uid, account.gid);
  }
  return [
    `hba_file=${file('pg_hba.conf')}`,
    `ident_file=${file('pg_ident.conf')}`,
    'ssl=on',
    `ssl_ca_file=${file('ca.pem')}`,
    `ssl_cert_file=${file('server.pem')}`,
    `ssl_key_file=${file('server.key')}`,
  ];
};
