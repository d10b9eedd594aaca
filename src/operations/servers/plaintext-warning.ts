import type { Config } from '../../config/config.ts';

/** A warning if passwords and personal data cross a network unencrypted and nobody has chosen that; otherwise null. */
export const plaintextWarning = ({ database }: Pick<Config, 'database'>): string | null => {
  const { hostname, host, searchParams } = new URL(database.url);
  const isHere = ON_THIS_MACHINE.test(searchParams.get('host') ?? hostname);
  return database.tls !== undefined || isHere
    ? null
    : `the connection to Postgres at ${host} is not encrypted: set DATABASE_SSL_CA, or sslmode in DATABASE_URL; ` +
        'if that is intended, set sslmode=disable';
};

/** A socket's folder, or a loopback address. */
const ON_THIS_MACHINE = /^$|^\/|^localhost$|^127\.|^\[?::1\]?$/;
