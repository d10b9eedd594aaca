/** Keys, certificates and passwords of a secured stack. Each is created once, and only its owner can read it. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Authority, createAuthority } from '../certificates/authority.ts';

/** `admin` sets everything up and may do everything; the others have the least rights that work. `reader` only looks at the database. */
export const ACCOUNTS = [
  'admin',
  'owner',
  'processor',
  'upstream',
  'downstream',
  'operator',
  'reader',
] as const;
export type Account = (typeof ACCOUNTS)[number];

/** The broker's own principal. */
export const BROKER = 'broker';

const SERVERS = [BROKER, 'registry', 'postgres'] as const;
type ServerName = (typeof SERVERS)[number];

export const PASSWORDS = ['kafka', 'registry', 'database'] as const;
type Purpose = (typeof PASSWORDS)[number];

export interface Secrets {
  readonly caFile: string;
  /** PEM files. A key store is the key with its certificate. */
  certificateFile(owner: Account | ServerName): string;
  keyFile(owner: Account | ServerName): string;
  keyStoreFile(owner: Account | ServerName): string;
  passwordFile(account: Account, purpose: Purpose): string;
  password(account: Account, purpose: Purpose): string;
  /** Issues more certificates, and wrong ones for tests. */
  authority(): Authority;
}

/** In a stack's folder. */
export const secretsFolder = (stackFolder: string): string => join(stackFolder, 'secrets');

/** Atomic, because two commands may create the files at the same time. */
export const obtainSecrets = (folder: string): Secrets => {
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    const draft = mkdtempSync(`${folder}.draft-`);
    try {
      fill(draft);
      // PostgreSQL's account needs no access to this folder: it gets copies.
      chmodSync(draft, 0o700);
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  const secrets = secretsIn(folder);
  // Secrets of an earlier version lack accounts that were added since.
  addMissing(folder, secrets.authority());
  return secrets;
};

const secretsIn = (folder: string): Secrets => {
  const passwordFile = (account: Account, purpose: Purpose) => join(folder, account, `${purpose}.password`);
  return {
    caFile: join(folder, 'ca.pem'),
    certificateFile: (owner) => join(folder, owner, 'certificate.pem'),
    keyFile: (owner) => join(folder, owner, 'key.pem'),
    keyStoreFile: (owner) => join(folder, owner, 'keystore.pem'),
    passwordFile,
    password: (account, purpose) => readFileSync(passwordFile(account, purpose), 'utf8').trim(),
    authority: () =>
      createAuthority(CA, {
        certificate: readFileSync(join(folder, 'ca.pem'), 'utf8'),
        key: readFileSync(join(folder, 'ca.key'), 'utf8'),
      }),
  };
};

const CA = 'RunClose secured stack';

const fill = (folder: string): void => {
  const secrets = secretsIn(folder);
  const authority = createAuthority(CA);
  write(secrets.caFile, authority.certificate);
  write(join(folder, 'ca.key'), authority.key);
  addMissing(folder, authority);
};

const addMissing = (folder: string, authority: Authority): void => {
  const secrets = secretsIn(folder);
  const isMissing = (name: string): boolean => !existsSync(join(folder, name));
  for (const account of ACCOUNTS.filter(isMissing)) {
    mkdirSync(join(folder, account));
    for (const purpose of PASSWORDS)
      write(secrets.passwordFile(account, purpose), `${randomBytes(18).toString('base64url')}\n`);
  }
  for (const name of [...SERVERS, ...ACCOUNTS]) {
    if (existsSync(secrets.keyStoreFile(name))) continue;
    const { certificate, key } = authority.issue({ commonName: name, hosts: ['localhost', '127.0.0.1'] });
    mkdirSync(join(folder, name), { recursive: true });
    write(secrets.certificateFile(name), certificate);
    write(secrets.keyFile(name), key);
    write(secrets.keyStoreFile(name), `${key}${certificate}`);
  }
};

const write = (file: string, text: string): void => {
  writeFileSync(file, text, { mode: 0o600 });
};
