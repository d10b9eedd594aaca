import { reveal, type Secret } from '../credentials/secret.ts';
import { createTlsReader, tlsNames, type TlsSettings, type TlsTexts } from '../credentials/tls-settings.ts';

/** The certificates and the key are PEM texts. */
export type RegistrySettings = TlsSettings & {
  /** With the API's base path, if there is one. Several addresses, separated by commas, are tried in turn. */
  readonly url: string;
  readonly username?: Secret;
  readonly password?: Secret;
  /** Sent as a bearer token instead of user and password. */
  readonly token?: Secret;
};

/** For a request to one address and its whole answer. */
export const REGISTRY_TIMEOUT_MS = 5_000;

/** The credentials of one request. Each request reads the secrets and certificates again. */
export type RegistryLogin = () => Promise<{
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsTexts;
}>;

export const REGISTRY_TLS_NAMES = tlsNames('SCHEMA_REGISTRY_SSL');

export const createRegistryLogin = (settings: RegistrySettings): RegistryLogin => {
  const readTls = createTlsReader(settings, REGISTRY_TLS_NAMES);
  return async () => {
    const [authorization, tls] = await Promise.all([authorizationOf(settings), readTls()]);
    return { headers: authorization === undefined ? {} : { authorization }, tls };
  };
};

export const addressesOf = ({ url }: RegistrySettings): readonly URL[] =>
  url.split(',').map((address) => new URL(address.trim()));

const authorizationOf = async (settings: RegistrySettings): Promise<string | undefined> => {
  const { username, password, token } = settings;
  if (token !== undefined) return `Bearer ${(await reveal(token, 'SCHEMA_REGISTRY_TOKEN')).trim()}`;
  if (username === undefined) return undefined;
  const [user, secret] = await Promise.all([
    reveal(username, 'SCHEMA_REGISTRY_USERNAME'),
    password === undefined ? '' : reveal(password, 'SCHEMA_REGISTRY_PASSWORD'),
  ]);
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
};

/** The first address, without credentials, for a command that a person runs. */
export const registryAddressOf = (settings: RegistrySettings): string => {
  const { origin, pathname } = addressesOf(settings)[0] as URL;
  return `${origin}${pathname.replace(/\/+$/, '')}`;
};
