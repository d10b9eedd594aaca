import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Versions = Readonly<Record<string, string>>;

/** A module and its declarations, for `import` and for everything else. */
type Entry = Readonly<Record<'import' | 'default', { readonly types: string; readonly default: string }>>;

export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Entry>>;
  readonly dependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
};

export const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The files that the exports of a package name, relative to its folder. Patterns are left out. */
export const entryFiles = ({ exports }: Manifest): readonly string[] =>
  Object.values(exports)
    .flatMap((entry) =>
      typeof entry === 'string' ? [] : [entry.import, entry.default].flatMap((each) => Object.values(each)),
    )
    .map((file) => file.replace(/^\.\//, ''));

export const packagesNamed = ({
  dependencies,
  optionalDependencies,
  peerDependencies,
}: Manifest): readonly string[] =>
  Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });

/** The manifest of the small package: the same entries, and of the packages only those that its files need. */
export const clientManifest = (whole: Manifest, packages: readonly string[]): object => {
  const needed = (named: object = {}): object | undefined => {
    const found = Object.entries(named).filter(([name]) => packages.includes(name));
    return found.length === 0 ? undefined : Object.fromEntries(found);
  };
  const { keywords, license, repository, type, engines, main, types, typesVersions } = whole as Manifest &
    Readonly<Record<string, unknown>>;
  return {
    name: CLIENT,
    version: whole.version,
    description: 'Publishes commands to RunClose, waits for their outcomes, and subscribes to its events.',
    ...{ keywords, license, repository, type, engines, main, types, typesVersions },
    exports: whole.exports,
    files: ['dist', 'schemas/*.avsc', 'schemas/*.yaml'],
    dependencies: needed(whole.dependencies),
    optionalDependencies: needed(whole.optionalDependencies),
    peerDependencies: needed(whole.peerDependencies),
    peerDependenciesMeta: needed(whole.peerDependenciesMeta),
    publishConfig: { access: 'public', provenance: true },
  };
};

const CLIENT = '@runclose/client';
