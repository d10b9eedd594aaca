import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { root, stackFolder } from '../../stack/folders.ts';

const run = promisify(execFile);

/**
 * The folder of another version's checkout, compiled: `against` itself if it is such a folder, else the commit that it names, with this
 * checkout's packages. A commit is compiled once, and kept in `.stack/bench`.
 */
export const obtainBuild = async (against: string): Promise<string> => {
  if (existsSync(join(against, 'dist/cli/main.js'))) return resolve(against);
  const { stdout } = await run('git', ['rev-parse', '--verify', `${against}^{commit}`], { cwd: root }).catch(
    () => {
      throw new Error(`${against} is neither a commit nor the folder of a compiled checkout`);
    },
  );
  const commit = stdout.trim();
  const build = join(stackFolder, 'bench', commit.slice(0, 12));
  // The build writes this file last.
  if (existsSync(join(build, 'dist/.build-stamp'))) return build;
  rmSync(build, { recursive: true, force: true });
  mkdirSync(join(build, 'node_modules'), { recursive: true });
  await run('git', ['archive', '--output', join(build, 'checkout.tar'), commit], { cwd: root });
  await run('tar', ['-xf', 'checkout.tar'], { cwd: build });
  // Hard links: through a symbolic link, the compiler would see the packages outside of the checkout and refuse to name their types.
  await run('cp', ['-al', `${join(root, 'node_modules')}/.`, join(build, 'node_modules')]);
  await run(process.execPath, ['scripts/build.mjs'], { cwd: build });
  return build;
};
