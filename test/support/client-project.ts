import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/stack/folders.ts';

const run = promisify(execFile);

/** A project that has installed `@runclose/client` and the packages that it asks for, and no others. */
export type ClientProject = {
  readonly folder: string;
  readonly tarball: string;
  /** Of the package, as it is installed. */
  readonly manifest: Manifest;
  /** The names of the installed packages. */
  readonly packages: readonly string[];
  /** What the installed packages take on a disk with blocks of 4 KiB. */
  readonly bytes: number;
  write(file: string, text: string): void;
  /** Runs a program with Node in the project, and returns its output. Rejects with what it has said, if it fails. */
  node(program: string, ...args: readonly string[]): Promise<string>;
  remove(): void;
};

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: unknown;
};

/** Takes the packages from this checkout, so that it needs no network. */
export const createClientProject = async (): Promise<ClientProject> => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-client-'));
  const modules = join(folder, 'node_modules');
  const script = join(root, 'scripts/pack-client.ts');
  const packing = ['--import', 'tsx', script, join(folder, 'packed')];
  const tarball = (await run(process.execPath, packing, { cwd: root })).stdout.trim();
  const client = join(modules, '@runclose/client');
  mkdirSync(client, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', client, '--strip-components=1']);
  const packages = ['@runclose/client'];

  const install = (name: string): void => {
    const source = join(root, 'node_modules', name);
    // Optional packages are there for this platform only.
    if (packages.includes(name) || !existsSync(source)) return;
    packages.push(name);
    cpSync(source, join(modules, name), { recursive: true });
    neededBy(source).forEach(install);
  };
  neededBy(client).forEach(install);
  const bytes = sizeOf(modules);
  // Only for the compiler: not part of what is installed.
  for (const name of ['@types/node', 'undici-types'])
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true });
  const write = (file: string, text: string): void => {
    writeFileSync(join(folder, file), text);
  };
  write('package.json', '{}');

  return {
    folder,
    tarball,
    manifest: manifestOf(client),
    packages,
    bytes,
    write,
    node: async (program, ...args) => {
      const ended = run(process.execPath, [program, ...args], { cwd: folder });
      const { stdout } = await ended.catch((error: unknown) => {
        const { stdout: printed, stderr } = error as { readonly stdout: string; readonly stderr: string };
        throw new Error(`${program} failed: ${printed}${stderr}`);
      });
      return stdout;
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
};

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const neededBy = (folder: string): readonly string[] => {
  const { dependencies, optionalDependencies } = manifestOf(folder);
  return Object.keys({ ...dependencies, ...optionalDependencies });
};

const BLOCK = 4_096;

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(folder, file)))
    .filter((stat) => stat.isFile())
    .reduce((sum, { size }) => sum + Math.ceil(size / BLOCK) * BLOCK, 0);
