import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type MavenRepository = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
};

type Environment = Readonly<Record<string, string | undefined>>;

const CENTRAL = 'https://repo.maven.apache.org/maven2';

/** The repository of artifacts: `MAVEN_REPOSITORY_URL`, else the mirror of Central in the person's Maven settings, else Central. */
export const mavenRepository = (
  env: Environment = process.env,
  settingsFile = join(homedir(), '.m2/settings.xml'),
): MavenRepository => {
  const named = env['MAVEN_REPOSITORY_URL'];
  if (named) return repositoryAt(named, undefined);
  const settings = existsSync(settingsFile) ? readFileSync(settingsFile, 'utf8') : '';
  const xml = settings.replaceAll(/<!--.*?-->/gs, '');
  const text = (element: string, name: string): string | undefined => {
    const [content] = elementsNamed(element, name);
    return content?.trim().replaceAll(/\$\{env\.(\w+)\}/g, (_, variable: string) => env[variable] ?? '');
  };
  const mirror = elementsNamed(xml, 'mirror').find(
    (each) => text(each, 'blocked') !== 'true' && isOfCentral(text(each, 'mirrorOf') ?? ''),
  );
  if (mirror === undefined) return repositoryAt(CENTRAL, undefined);
  const id = text(mirror, 'id');
  const server = elementsNamed(xml, 'server').find((each) => text(each, 'id') === id);
  const [user, password] = [text(server ?? '', 'username'), text(server ?? '', 'password')];
  return repositoryAt(text(mirror, 'url') ?? '', user && `${user}:${password ?? ''}`);
};

const elementsNamed = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, content = '']) => content);

/** Matches as Maven does: a list, in which `!central` excludes. Central is external and is reached by HTTPS. */
const isOfCentral = (mirrorOf: string): boolean => {
  const patterns = mirrorOf.split(',').map((pattern) => pattern.trim());
  return (
    !patterns.includes('!central') &&
    ['*', 'external:*', 'central'].some((pattern) => patterns.includes(pattern))
  );
};

/** Node's `fetch` takes no user in a URL. */
const repositoryAt = (address: string, account: string | undefined): MavenRepository => {
  if (!URL.canParse(address))
    throw new Error(
      'MAVEN_REPOSITORY_URL, or the URL of the mirror in ~/.m2/settings.xml, is not a URL: correct it',
    );
  const url = new URL(address);
  const credentials =
    url.username === '' ? account : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return {
    url: url.href.replace(/\/+$/, ''),
    headers: credentials ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {},
  };
};
