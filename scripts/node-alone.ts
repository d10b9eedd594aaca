/**
 * Shows that Node alone is enough. Hides `java` and `mvn`, and runs the demo with an empty cache, in a new clone of HEAD; then brings the
 * stack up once more without a network. `npm run node-alone` takes three minutes, and fetches 230 MB in addition to the packages. It does
 * not test changes that are not committed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { SERVER_VARIABLES } from './stack/env-file.ts';
import { root } from './stack/folders.ts';
import { onInterruption } from './stack/interruption.ts';

const HIDDEN = /^(java|javac|mvn|mvnw|mvnd)$/;
/** Nothing listens on this address, so each attempt to use the network fails at once. */
const NOWHERE = 'http://127.0.0.1:9';

const signal = onInterruption();

/** All programs of the PATH except the hidden ones. */
const programsWithoutJava = (folder: string): string => {
  mkdirSync(folder);
  for (const from of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of namesIn(from)) {
      if (HIDDEN.test(name)) continue;
      try {
        symlinkSync(join(from, name), join(folder, name));
      } catch {
        // An earlier folder of the PATH has a program of this name.
      }
    }
  }
  return folder;
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const run = async (env: NodeJS.ProcessEnv, cwd: string, ...args: readonly string[]): Promise<void> => {
  process.stderr.write(`$ npm ${args.join(' ')}\n`);
  const child = spawn('npm', [...args], { cwd, env, stdio: ['ignore', 2, 2] });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${String(code)}`);
};

const folder = mkdtempSync(join(tmpdir(), 'runclose-node-alone-'));
// If this account is root, PostgreSQL runs under another account, which must be able to enter the folder.
chmodSync(folder, 0o755);
const checkout = join(folder, 'checkout');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: programsWithoutJava(join(folder, 'bin')),
  XDG_CACHE_HOME: join(folder, 'cache'),
  JAVA_HOME: undefined,
};
for (const name of SERVER_VARIABLES) env[name] = undefined;
const down = ['run', '--silent', 'stack', '--', 'down', '--wipe'] as const;
try {
  const { status } = spawnSync('git', ['clone', '--quiet', root, checkout], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`cloning ${root} failed`);
  for (const program of ['java', 'mvn'])
    if (spawnSync(program, ['--version'], { env }).error === undefined)
      throw new Error(`${program} is not hidden`);

  await run(env, checkout, 'run', '--silent', 'demo');
  const offline = { ...env, MAVEN_REPOSITORY_URL: NOWHERE, PIP_INDEX_URL: NOWHERE, PIP_NO_INDEX: '1' };
  await run(offline, checkout, 'run', '--silent', 'stack', '--', 'up');
  await run(offline, checkout, ...down);
  process.stderr.write('Node alone is enough.\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  // A step that failed or was interrupted may have left servers running, which would outlive their folder.
  if (existsSync(join(checkout, '.stack/run')))
    spawnSync('npm', [...down], { cwd: checkout, env, stdio: ['ignore', 2, 2] });
  rmSync(folder, { recursive: true, force: true });
}
