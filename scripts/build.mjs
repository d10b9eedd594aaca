/**
 * Compiles src to dist, copies the files that are read at run time, and makes `npx runclose` work in this checkout.
 *
 *     node scripts/build.mjs              builds
 *     node scripts/build.mjs --if-stale   builds unless nothing has changed since the last time
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.build-stamp');
const entry = join(dist, 'cli', 'main.js');

const build = () => {
  const sources = filesBelow(join(root, 'src'));
  const fingerprint = fingerprintOf(sources);
  const stale = !process.argv.includes('--if-stale') || fingerprint !== recordedFingerprint();
  const status = stale ? compile(sources) : 0;
  if (existsSync(entry)) makeRunnable();
  if (status === 0) writeFileSync(stamp, fingerprint);
  return status;
};

/** @param {string[]} sources */
const compile = (sources) => {
  removeOrphans(new Set(sources));
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', root],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  for (const file of sources.filter(isAsset)) cpSync(join(root, 'src', file), join(dist, file));
  if (status === 0) declareForCommonJs();
  return status ?? 1;
};

/**
 * `require` loads the same modules, through one file an entry. But TypeScript treats a declaration below `"type": "module"` as one that can
 * only be imported. So the declarations of the entries are copied into a folder of their own.
 */
const declareForCommonJs = () => {
  const copied = new Set();
  /** @param {string} file */
  const copy = (file) => {
    if (copied.has(file)) return;
    copied.add(file);
    const target = join(dist, 'commonjs', file);
    mkdirSync(dirname(target), { recursive: true });
    const text = readFileSync(join(dist, file), 'utf8');
    writeFileSync(target, text);
    for (const [, imported = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g))
      copy(join(dirname(file), `${imported}.d.ts`));
  };
  for (const entry of entries()) {
    copy(`${entry}.d.ts`);
    const file = join(dist, 'commonjs', `${entry}.js`);
    const module = relative(dirname(file), join(dist, `${entry}.js`)).replaceAll('\\', '/');
    writeFileSync(file, `module.exports = require('${module}');\n`);
  }
  writeFileSync(join(dist, 'commonjs', 'package.json'), '{ "type": "commonjs" }\n');
};

/** The modules in the package's exports, such as `sdk/index`. */
const entries = () => {
  /** @type {{ exports: Record<string, { import?: { default: string } }> }} */
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap(({ import: imported }) =>
    imported === undefined ? [] : imported.default.replace(/^\.\/dist\/(.+)\.js$/, '$1'),
  );
};

/** @param {string} folder */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();

/** @param {string} file */
const isAsset = (file) => !file.endsWith('.ts') && !file.endsWith('tsconfig.json');

/** @param {string[]} sources */
const fingerprintOf = (sources) => {
  const hash = createHash('sha256');
  for (const path of [
    'tsconfig.json',
    'package.json',
    'package-lock.json',
    ...sources.map((file) => join('src', file)),
  ]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
};

const recordedFingerprint = () =>
  existsSync(stamp) && existsSync(entry) ? readFileSync(stamp, 'utf8') : undefined;

/**
 * Removes migrations and modules from dist whose source is gone. All other files stay, because a process may be running them.
 *
 * @param {Set<string>} sources
 */
const removeOrphans = (sources) => {
  mkdirSync(dist, { recursive: true });
  for (const file of filesBelow(dist)) {
    const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
    if (!file.startsWith('.') && !sources.has(source)) rmSync(join(dist, file));
  }
};

const makeRunnable = () => {
  chmodSync(entry, 0o755);
  const link = join(root, 'node_modules/.bin/runclose');
  if (!existsSync(link)) symlinkSync('../../dist/cli/main.js', link);
};

process.exit(build());
