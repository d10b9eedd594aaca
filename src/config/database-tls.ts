/**
 * Decides how the connection to Postgres is encrypted, from libpq's parameters in `DATABASE_URL` and from the `DATABASE_SSL_…` variables.
 *
 * If an authority is set, the server must have a certificate of that authority. `verify-ca` does not check the host name; every other mode
 * does. Without an authority, `require` encrypts and checks nothing, and `verify-full` trusts Node's public authorities. If no mode,
 * certificate or authority is set, the connection is not encrypted.
 */
import type { ConfigProblem } from './config-error.ts';
import { present, type Reading, type Texts } from './section.ts';
import { readSecretFile } from './variable-texts.ts';

type Variable =
  'DATABASE_URL' | 'DATABASE_SSL_CA' | 'DATABASE_SSL_CERT' | 'DATABASE_SSL_KEY' | 'DATABASE_SSL_KEY_PASSWORD';

const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

/** URL parameters that hold the path of a file, and the variables for the same files. */
const FILES = {
  sslrootcert: 'DATABASE_SSL_CA',
  sslcert: 'DATABASE_SSL_CERT',
  sslkey: 'DATABASE_SSL_KEY',
} as const;

/** Removed from the URL that `pg` gets. `uselibpqcompat` too: it asks for the libpq meaning, which the parameters always have here. */
const PARAMETERS = ['sslmode', 'sslpassword', 'uselibpqcompat', ...Object.keys(FILES)];

/** `sslrootcert=system` means the public authorities, since libpq 16. */
const SYSTEM = 'system';

/** Adds the contents of the files that the URL names. */
export const filesOfUrl = ({ texts, secrets, problems }: Reading): Reading => {
  const parameters = parametersOf(texts['DATABASE_URL']);
  const all: Record<string, string | undefined> = { ...texts };
  const wrong = new Map(problems);
  const take = (
    parameter: string,
    variable: Variable,
    read: (value: string) => string | ConfigProblem,
  ): void => {
    const value = parameters.get(parameter) ?? '';
    if (value === '' || wrong.has(variable)) return;
    const result =
      all[variable] === undefined
        ? read(value)
        : problem(variable, `is set, and ${parameter} in DATABASE_URL as well: set only one of them`);
    if (typeof result === 'string') all[variable] = result;
    else wrong.set(variable, result);
  };
  if (parameters.get('sslrootcert') === SYSTEM) parameters.delete('sslrootcert');
  for (const [parameter, variable] of Object.entries(FILES))
    take(parameter, variable, (path) =>
      readSecretFile(path, (why) => problem('DATABASE_URL', `names in ${parameter} ${why}`)),
    );
  take('sslpassword', 'DATABASE_SSL_KEY_PASSWORD', (password) => password);
  return { texts: present(all), secrets, problems: wrong };
};

const VARIABLES = [...Object.values(FILES), 'DATABASE_SSL_KEY_PASSWORD'] as const;

const NO_MODE =
  `must have one of ${MODES.join(', ')} as its sslmode: allow and prefer may fall back to plaintext unnoticed, ` +
  'and no-verify is called require by libpq';

export const modeConflicts = (texts: Texts<Variable>): readonly ConfigProblem[] => {
  const parameters = parametersOf(texts.DATABASE_URL);
  const mode = parameters.get('sslmode') ?? undefined;
  const inUrl = (message: string): ConfigProblem[] => [problem('DATABASE_URL', message)];
  if (parameters.has('ssl')) return inUrl(`must not hold ssl: use sslmode, which may be ${MODES.join(', ')}`);
  if ([...parameters.keys()].some(isUnknownOfTls)) return inUrl(NO_PARAMETER);
  if (mode !== undefined && !isMode(mode)) return inUrl(NO_MODE);
  const given = VARIABLES.filter((name) => texts[name] !== undefined);
  if (parameters.getAll('sslmode').length > 1) return inUrl('must not hold sslmode twice');
  if (mode === 'disable')
    return given.map((name) => problem(name, 'is set although sslmode in DATABASE_URL is disable'));
  if (mode === 'verify-ca' && texts.DATABASE_SSL_CA === undefined)
    return [problem('DATABASE_SSL_CA', 'is not set, but sslmode=verify-ca in DATABASE_URL needs it')];
  if (mode === undefined && given.length === 0 && parameters.get('sslnegotiation') === 'direct')
    return inUrl('must hold an sslmode because it holds sslnegotiation=direct');
  return [];
};

const KNOWN_OF_TLS = ['sslmode', ...Object.keys(FILES), 'sslpassword', 'sslnegotiation'];

/** Nothing else checks these parameters: a misspelt `sslmode` would leave the connection in plaintext. */
const isUnknownOfTls = (parameter: string): boolean =>
  /^(ssl|tls)/i.test(parameter) && !KNOWN_OF_TLS.includes(parameter);

const NO_PARAMETER = `holds an unknown parameter of TLS; known are ${KNOWN_OF_TLS.join(', ')}`;

/** Undefined if nothing is set: then the connection is not encrypted. */
export const tlsOf = (values: { readonly [Name in Variable]?: string | undefined }) => {
  const {
    DATABASE_SSL_CA: ca,
    DATABASE_SSL_CERT: cert,
    DATABASE_SSL_KEY: key,
    DATABASE_SSL_KEY_PASSWORD: passphrase,
  } = values;
  const parameters = parametersOf(values.DATABASE_URL);
  const sslMode = parameters.get('sslmode') ?? undefined;
  const hasAuthority = ca !== undefined || parameters.get('sslrootcert') === SYSTEM;
  if (sslMode === undefined && !hasAuthority && cert === undefined) return undefined;
  const mode: Mode =
    sslMode === undefined || (sslMode === 'require' && hasAuthority) ? 'verify-full' : (sslMode as Mode);
  return present({ mode, ca, cert, key, passphrase });
};

/** The URL without the parameters that `tlsOf` reads. */
export const withoutTls = (text: string): string => {
  const url = new URL(text);
  if (!PARAMETERS.some((name) => url.searchParams.has(name))) return text;
  for (const name of PARAMETERS) url.searchParams.delete(name);
  return url.href;
};

const parametersOf = (url: string | undefined): URLSearchParams =>
  url !== undefined && URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();

const isMode = (text: string): text is Mode => (MODES as readonly string[]).includes(text);

const problem = (variable: Variable, message: string): ConfigProblem => ({ variable, message });
