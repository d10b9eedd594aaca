/**
 * Runs a TypeScript script of this project on a checkout in any state, a fresh clone included:
 *
 *     node scripts/bootstrap.mjs scripts/stack.ts up
 *
 * It installs the packages that package-lock.json names, unless they are there; compiles src, unless nothing has changed; and
 * then becomes the script: arguments, signals and the exit code go through. Callers at the same time take turns.
 * Plain JavaScript without packages, for there may be none yet. Everything it says goes to stderr.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

const prepare = () =>
  withLock(
    join(root, '.stack/locks/bootstrap'),
    async () => {
      if (!packagesAreInstalled()) install();
      build();
    },
    (holder) => say(`Waiting for process ${holder}, which is preparing this checkout…`),
  );

/** Compares with the list of installed packages that npm keeps, so that a plain `npm install` counts as well. */
const packagesAreInstalled = () => {
  const wanted = lockedPackages('package-lock.json');
  const installed = lockedPackages('node_modules/.package-lock.json');
  return (
    installed !== undefined &&
    Object.entries(wanted ?? {}).every(([path, { version, optional, link }]) => {
      const found = installed[path];
      return path === '' || link || (found === undefined ? optional === true : found.version === version);
    })
  );
};

/** @typedef {Record<string, { version?: string, optional?: boolean, link?: boolean }>} Packages */

/** @param {string} file */
const lockedPackages = (file) => {
  try {
    return /** @type {{ packages: Packages }} */ (JSON.parse(readFileSync(join(root, file), 'utf8')))
      .packages;
  } catch {
    return undefined;
  }
};

const install = () => {
  say('Installing packages (npm ci)…');
  const { status, error } = spawnSync('npm', ['ci'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  say(
    `Installing packages failed${error ? `: ${error.message}` : ''}. "npm ci" in ${root} shows the same by itself.`,
  );
  process.exit(status ?? 1);
};

/** Ignores type errors, which `npm run types` reports: people need the servers while they repair a type error. */
const build = () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--if-stale'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 2, 'pipe'],
  });
  if (status === 0) return;
  const errors = stderr.trim().split('\n');
  say(
    `${errors[0]}\nThe compiler found ${errors.length} such errors (npm run build lists them); continuing without these checks.`,
  );
};

/** @param {string[]} args */
const become = (args) => {
  const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const child = spawn(process.execPath, ['--import', loader, ...args], { cwd: root, stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  if (process.env['npm_lifecycle_event'] !== undefined) endWithNpm(child);
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
};

/**
 * On SIGTERM, `npm run` and its shell end without telling this process.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
const endWithNpm = (child) => {
  const parent = process.ppid;
  const watching = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watching);
    child.kill('SIGTERM');
  }, 500);
  watching.unref();
};

await prepare();
become(process.argv.slice(2));
